"""Grenoble, France."""

from datetime import time

from coopcycle.demo.seeds import (
    BusinessSeed,
    CourierSeed,
    Holidays,
    Kind,
    Place,
    ProductSeed,
    StandingSeed,
    Tax,
    TownSeed,
    Unit,
    WhenShort,
)

MORNING = (time(6, 0), time(12, 0))
MIDDAY = (time(8, 0), time(14, 0))
AFTERNOON = (time(12, 0), time(19, 0))

GRENOBLE = TownSeed(
    slug="grenoble",
    name="Les Roues de Belledonne",
    city="Grenoble",
    country="FR",
    subdivision="ARA",
    languages=("fr", "en"),
    colour="#00787d",
    centre=("45.188529", "5.724524"),
    prices=(650, 250, 90),
    administrator="Inès Belkacem",
    dispatcher="Hugo Perrachon",
    accountant="Claire Vasseur",
    reader="Damien Sibille",
    vehicles=(
        ("Triporteur Vercors", "cargo", 120_000),
        ("Triporteur Chartreuse", "cargo", 120_000),
        ("Remorque Bayard", "trailer", 160_000),
        ("Vélo Drac", "bike", 25_000),
        ("Vélo Isère", "bike", 25_000),
    ),
    couriers=(
        CourierSeed("Ana Ferreira", "Triporteur Vercors", MORNING),
        CourierSeed("Malik Haddad", "Remorque Bayard", MORNING),
        CourierSeed("Jonas Lemaire", "Triporteur Chartreuse", MIDDAY),
        CourierSeed("Lucie Tanguy", "Vélo Drac", AFTERNOON),
        CourierSeed("Théo Bernardin", "Vélo Isère", AFTERNOON),
        CourierSeed("Salomé Rivoire", "Vélo Isère", MIDDAY),
    ),
    businesses=(
        BusinessSeed(
            "Ferme des Trois Ormes",
            Kind.PRODUCER,
            Place("12 chemin des Alpins", "38100", "45.171300", "5.733800", "Hangar vert, sonner"),
            "+33 4 76 00 01 11",
            "Mathilde Orcel",
            products=(
                ProductSeed("Tomates anciennes", Unit.KG, 320, 1000),
                ProductSeed("Blettes", Unit.BUNCH, 150, 600),
                ProductSeed("Pommes de terre", Unit.KG, 180, 1000, "Charlotte"),
                ProductSeed("Œufs", Unit.CRATE, 960, 1900, "plateau de 30", most_a_day=12),
                ProductSeed("Courges", Unit.KG, 240, 1000, "potimarron"),
            ),
            cutoff=(1, time(12, 0)),
            when_short=WhenShort.HOLD,
        ),
        BusinessSeed(
            "Vergers du Grésivaudan",
            Kind.PRODUCER,
            Place("4 avenue de la Plaine Fleurie", "38240", "45.207900", "5.779600"),
            "+33 4 76 00 01 12",
            "Bastien Rochas",
            products=(
                ProductSeed("Pommes Chantecler", Unit.CRATE, 1450, 8000, "caisse de 8 kg"),
                ProductSeed("Poires Conférence", Unit.CRATE, 1600, 7000, "caisse de 7 kg"),
                ProductSeed(
                    "Jus de pomme trouble", Unit.BOTTLE, 290, 1400, "1 l", tax=Tax.SOFT_DRINK
                ),
                ProductSeed("Noix de Grenoble", Unit.KG, 890, 1000),
            ),
        ),
        BusinessSeed(
            "Moulin de la Bastille",
            Kind.PRODUCER,
            Place("38 quai Perrière", "38000", "45.194000", "5.724900"),
            "+33 4 76 00 01 13",
            "Colette Armand",
            products=(
                ProductSeed("Farine T65", Unit.SACK, 2450, 25_000, "sac de 25 kg"),
                ProductSeed("Pain au levain", Unit.PIECE, 420, 1000, "1 kg"),
                ProductSeed("Brioche", Unit.PIECE, 650, 600),
            ),
            closed=(1, 7),
            cutoff=(1, time(16, 0)),
        ),
        BusinessSeed(
            "Chez Odile",
            Kind.RESTAURANT,
            Place(
                "9 rue Brocherie",
                "38000",
                "45.192700",
                "5.729100",
                "Par la cour, sonner en cuisine",
            ),
            "+33 4 76 00 01 21",
            "Odile Marchetti",
        ),
        BusinessSeed(
            "Bistrot Mirabelle",
            Kind.RESTAURANT,
            Place("3 place aux Herbes", "38000", "45.192500", "5.727600"),
            "+33 4 76 00 01 22",
            "Rémi Sabatier",
            closed=(7, 1),
        ),
        BusinessSeed(
            "Cantine du Drac",
            Kind.RESTAURANT,
            Place(
                "21 rue Ampère", "38000", "45.186300", "5.702600", "Quai de livraison à l'arrière"
            ),
            "+33 4 76 00 01 23",
            "Nora Chaïbi",
            closed=(6, 7),
        ),
        BusinessSeed(
            "Épicerie Saint-Bruno",
            Kind.SHOP,
            Place("14 place Saint-Bruno", "38000", "45.187600", "5.713700"),
            "+33 4 76 00 01 31",
            "Yann Cottave",
        ),
        BusinessSeed(
            "Librairie Les Nuits bleues",
            Kind.SHOP,
            Place("6 rue Lafayette", "38000", "45.191300", "5.728500"),
            "+33 4 76 00 01 32",
            "Agathe Morin",
        ),
        BusinessSeed(
            "Maison des habitants Chorier",
            Kind.ORGANISATION,
            Place("10 rue Henri Le Châtelier", "38000", "45.184900", "5.706800"),
            "+33 4 76 00 01 41",
            "Fatou Diarra",
            closed=(6, 7),
        ),
    ),
    standing=(
        StandingSeed(
            "Chez Odile",
            "Tomates, pommes et jus",
            (2, 5),
            (time(6, 30), time(8, 0)),
            (
                ("Ferme des Trois Ormes", "Tomates anciennes", "12"),
                ("Ferme des Trois Ormes", "Blettes", "6"),
                ("Vergers du Grésivaudan", "Pommes Chantecler", "2"),
                ("Vergers du Grésivaudan", "Jus de pomme trouble", "4"),
            ),
            note="Entrée par la cour, sonner en cuisine",
            agreed=(("Tomates anciennes", 290),),
            courier="Ana Ferreira",
        ),
        StandingSeed(
            "Chez Odile",
            "Pain et farine",
            (3, 6),
            (time(7, 0), time(8, 30)),
            (
                ("Moulin de la Bastille", "Pain au levain", "14"),
                ("Moulin de la Bastille", "Farine T65", "1"),
            ),
            evening_pickup=time(18, 0),
        ),
        StandingSeed(
            "Bistrot Mirabelle",
            "Légumes de la semaine",
            (2, 4, 6),
            (time(7, 30), time(9, 0)),
            (
                ("Ferme des Trois Ormes", "Pommes de terre", "20"),
                ("Ferme des Trois Ormes", "Courges", "8"),
                ("Ferme des Trois Ormes", "Œufs", "2"),
            ),
        ),
        StandingSeed(
            "Cantine du Drac",
            "Cantine, fruits et pain",
            (1, 2, 3, 4, 5),
            (time(9, 0), time(10, 30)),
            (
                ("Vergers du Grésivaudan", "Pommes Chantecler", "3"),
                ("Ferme des Trois Ormes", "Pommes de terre", "15"),
            ),
            holidays=Holidays.BEFORE,
        ),
        StandingSeed(
            "Épicerie Saint-Bruno",
            "Rayon frais",
            (1, 3, 5),
            (time(8, 0), time(9, 30)),
            (
                ("Vergers du Grésivaudan", "Poires Conférence", "2"),
                ("Vergers du Grésivaudan", "Noix de Grenoble", "4"),
                ("Ferme des Trois Ormes", "Œufs", "3"),
            ),
            second_window=(time(16, 0), time(17, 30)),
        ),
        StandingSeed(
            "Cantine du Drac",
            "Farine du mois",
            (),
            (time(10, 0), time(11, 30)),
            (("Moulin de la Bastille", "Farine T65", "3"),),
            monthly=(1, 2),
        ),
        StandingSeed(
            "Librairie Les Nuits bleues",
            "Livres pour la maison des habitants",
            (4,),
            (time(14, 0), time(16, 0)),
            recipient="Fatou Diarra",
            recipient_place=Place("10 rue Henri Le Châtelier", "38000", "45.184900", "5.706800"),
            load="1 carton de livres",
        ),
        StandingSeed(
            "Maison des habitants Chorier",
            "Petit déjeuner du quartier",
            (3, 5),
            (time(8, 0), time(9, 30)),
            (
                ("Ferme des Trois Ormes", "Œufs", "14"),
                ("Moulin de la Bastille", "Pain au levain", "20"),
            ),
            holidays=Holidays.KEEP,
            is_new=True,
        ),
    ),
    guests=(
        (
            "Camille Duperray",
            Place("17 cours Berriat", "38000", "45.187900", "5.718300", "Code 40B17"),
        ),
        ("Léon Vasquez", Place("52 avenue Alsace-Lorraine", "38000", "45.189500", "5.719900")),
        ("Nadia Ouali", Place("8 rue Thiers", "38000", "45.187200", "5.724100", "3e étage")),
        ("Éloi Charvet", Place("25 boulevard Gambetta", "38000", "45.186800", "5.726700")),
    ),
)
