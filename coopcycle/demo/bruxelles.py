"""Bruxelles, Belgium.

Vegetables, fruit, bread and soft drinks are taxed at 6 % (AR/KB n° 20, tableau A), beer at 21 %."""

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
AFTERNOON = (time(12, 0), time(18, 30))

BRUXELLES = TownSeed(
    slug="bruxelles",
    name="Coursières de la Senne",
    city="Bruxelles",
    country="BE",
    subdivision="",
    languages=("fr", "en"),
    colour="#b3541e",
    centre=("50.846557", "4.351697"),
    prices=(700, 250, 95),
    administrator="Lotte Van Aken",
    accountant="Noor De Backer",
    dispatcher="Samir Lambrecht",
    vehicles=(
        ("Cargo Marolles", "cargo", 120_000),
        ("Cargo Canal", "cargo", 120_000),
        ("Remorque Atomium", "trailer", 150_000),
        ("Vélo Maelbeek", "bike", 25_000),
    ),
    couriers=(
        CourierSeed("Noor Peeters", "Cargo Marolles", MORNING),
        CourierSeed("Aurélien Dubois-Maes", "Cargo Canal", MORNING),
        CourierSeed("Ayoub Benhaddou", "Remorque Atomium", MORNING),
        CourierSeed("Marthe Claessens", "Vélo Maelbeek", AFTERNOON),
        CourierSeed("Juliette Wauters", "Vélo Maelbeek", AFTERNOON),
    ),
    businesses=(
        BusinessSeed(
            "Ferme de la Pède",
            Kind.PRODUCER,
            Place("Rue du Pommier 320", "1070", "50.827300", "4.270800"),
            "+32 2 000 11 01",
            "Joris Hendrickx",
            products=(
                ProductSeed("Chicons", Unit.KG, 390, 1000),
                ProductSeed("Poireaux", Unit.BUNCH, 260, 900),
                ProductSeed("Carottes", Unit.KG, 190, 1000),
                ProductSeed(
                    "Pommes Jonagold", Unit.CRATE, 1380, 8000, "caisse de 8 kg", most_a_day=10
                ),
            ),
            cutoff=(1, time(14, 0)),
            when_short=WhenShort.HOLD,
        ),
        BusinessSeed(
            "Boulangerie du Béguinage",
            Kind.PRODUCER,
            Place("Rue de Laeken 61", "1000", "50.853300", "4.350100"),
            "+32 2 000 11 02",
            "Salwa Mertens",
            products=(
                ProductSeed("Pain gris", Unit.PIECE, 340, 800),
                ProductSeed("Cramique", Unit.PIECE, 560, 500),
                ProductSeed("Pistolets", Unit.CRATE, 1500, 2500, "50 pièces"),
            ),
            closed=(1,),
        ),
        BusinessSeed(
            "Brasserie du Canal",
            Kind.PRODUCER,
            Place("Quai des Charbonnages 40", "1080", "50.856100", "4.343000"),
            "+32 2 000 11 03",
            "Pieter De Smet-Roux",
            products=(
                ProductSeed("Bière blonde", Unit.CRATE, 3980, 14_000, "24 × 33 cl", Tax.ALCOHOL),
                ProductSeed("Limonade", Unit.CRATE, 2640, 14_000, "24 × 33 cl", Tax.SOFT_DRINK),
            ),
            closed=(6, 7),
        ),
        BusinessSeed(
            "Le Rouge-Cloître à table",
            Kind.RESTAURANT,
            Place("Rue Haute 118", "1000", "50.838600", "4.347700"),
            "+32 2 000 12 01",
            "Bénédicte Fontaine",
        ),
        BusinessSeed(
            "Chez Marcel et Zohra",
            Kind.RESTAURANT,
            Place("Chaussée d'Ixelles 77", "1050", "50.834900", "4.365700"),
            "+32 2 000 12 02",
            "Zohra Amari",
            closed=(1,),
        ),
        BusinessSeed(
            "Petit Sablon Traiteur",
            Kind.RESTAURANT,
            Place("Rue de la Régence 35", "1000", "50.839500", "4.356100"),
            "+32 2 000 12 03",
            "Koen Verlinden",
            closed=(6, 7),
        ),
        BusinessSeed(
            "Épicerie des Tanneurs",
            Kind.SHOP,
            Place("Rue des Tanneurs 58", "1000", "50.837400", "4.345500"),
            "+32 2 000 13 01",
            "Élise Goossens",
        ),
        BusinessSeed(
            "Atelier Molenbeek",
            Kind.ORGANISATION,
            Place("Rue de Ribaucourt 110", "1080", "50.860900", "4.341200"),
            "+32 2 000 14 01",
            "Rachid Ouazzani",
            closed=(6, 7),
        ),
    ),
    standing=(
        StandingSeed(
            "Le Rouge-Cloître à table",
            "Légumes et pistolets",
            (2, 4, 6),
            (time(7, 0), time(8, 30)),
            (
                ("Ferme de la Pède", "Chicons", "8"),
                ("Ferme de la Pède", "Carottes", "10"),
                ("Boulangerie du Béguinage", "Pistolets", "1"),
            ),
        ),
        StandingSeed(
            "Chez Marcel et Zohra",
            "Fruits du week-end",
            (5,),
            (time(8, 0), time(10, 0)),
            (("Ferme de la Pède", "Pommes Jonagold", "3"),),
        ),
        StandingSeed(
            "Petit Sablon Traiteur",
            "Poireaux et pain",
            (2, 3, 5),
            (time(8, 0), time(9, 30)),
            (
                ("Ferme de la Pède", "Poireaux", "10"),
                ("Boulangerie du Béguinage", "Pain gris", "20"),
            ),
        ),
        StandingSeed(
            "Épicerie des Tanneurs",
            "Boissons",
            (1, 4),
            (time(10, 0), time(12, 0)),
            (
                ("Brasserie du Canal", "Bière blonde", "4"),
                ("Brasserie du Canal", "Limonade", "2"),
            ),
        ),
        StandingSeed(
            "Atelier Molenbeek",
            "Vélos réparés, pièces",
            (3,),
            (time(14, 0), time(16, 30)),
            recipient="Élise Goossens",
            recipient_place=Place("Rue des Tanneurs 58", "1000", "50.837400", "4.345500"),
            load="2 caisses de pièces",
        ),
        StandingSeed(
            "Atelier Molenbeek",
            "Pommes pour les écoles",
            (2, 5),
            (time(9, 0), time(11, 0)),
            (
                ("Ferme de la Pède", "Pommes Jonagold", "12"),
                ("Ferme de la Pède", "Carottes", "6"),
            ),
            holidays=Holidays.KEEP,
            is_new=True,
        ),
    ),
    guests=(
        (
            "Maud Lejeune",
            Place("Rue du Bailli 22", "1050", "50.827900", "4.362300", "Sonner deux fois"),
        ),
        ("Tomas Aerts", Place("Avenue Louise 149", "1050", "50.829600", "4.361900")),
        ("Hélène Dubrucq", Place("Rue Antoine Dansaert 94", "1000", "50.852000", "4.345600")),
    ),
)
