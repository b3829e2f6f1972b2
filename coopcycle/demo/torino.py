"""Torino, Italy.

What is sold as food here is taxed at 4 % (DPR 633/1972, tabella A parte II: vegetables, potatoes, cheese);
eggs, honey, meat and fish would be at 10 % (parte III) and have no category of their own yet. Roasted
coffee has the full rate, 22 %."""

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

MORNING = (time(6, 30), time(12, 30))
AFTERNOON = (time(12, 0), time(19, 0))

TORINO = TownSeed(
    slug="torino",
    name="Pedalata Sabauda",
    city="Torino",
    country="IT",
    subdivision="TO",
    languages=("en", "fr"),
    colour="#7a3b8f",
    centre=("45.070339", "7.686864"),
    prices=(600, 200, 80),
    administrator="Chiara Bonetto",
    dispatcher="Davide Arneis",
    vehicles=(
        ("Cargo Superga", "cargo", 110_000),
        ("Cargo Valentino", "cargo", 110_000),
        ("Bici Dora", "bike", 25_000),
        ("Bici Sangone", "bike", 25_000),
    ),
    couriers=(
        CourierSeed("Giulia Marenco", "Cargo Superga", MORNING),
        CourierSeed("Omar Bellini", "Cargo Valentino", MORNING),
        CourierSeed("Sara Vigliano", "Bici Dora", AFTERNOON),
        CourierSeed("Luca Ferrero Dho", "Bici Sangone", AFTERNOON),
        CourierSeed("Irene Cossu", "Bici Dora", MORNING),
    ),
    businesses=(
        BusinessSeed(
            "Cascina del Gelso",
            Kind.PRODUCER,
            Place("Strada del Meisino 31", "10132", "45.087900", "7.731500"),
            "+39 011 000 1101",
            "Piero Gallarate",
            products=(
                ProductSeed("Peperoni di Carmagnola", Unit.KG, 380, 1000),
                ProductSeed("Cardi gobbi", Unit.KG, 420, 1000),
                ProductSeed("Insalata", Unit.CRATE, 1100, 4000, "cassetta da 12"),
                ProductSeed("Patate di montagna", Unit.CRATE, 1050, 5000, "cassetta da 5 kg"),
            ),
        ),
        BusinessSeed(
            "Caseificio Monviso",
            Kind.PRODUCER,
            Place("Corso Casale 212", "10132", "45.070200", "7.715100"),
            "+39 011 000 1102",
            "Teresa Olivero",
            products=(
                ProductSeed("Toma", Unit.KG, 1490, 1000),
                ProductSeed("Robiola", Unit.PIECE, 520, 300),
                ProductSeed("Ricotta", Unit.KG, 780, 1000, most_a_day=9),
            ),
            cutoff=(1, time(15, 0)),
            when_short=WhenShort.HOLD,
        ),
        BusinessSeed(
            "Torrefazione Porta Palazzo",
            Kind.PRODUCER,
            Place("Via Cottolengo 7", "10152", "45.077600", "7.683700"),
            "+39 011 000 1103",
            "Amina Ricci",
            products=(
                ProductSeed("Caffè in grani", Unit.KG, 1980, 1000, tax=Tax.STANDARD),
                ProductSeed("Caffè macinato", Unit.PIECE, 620, 250, "250 g", tax=Tax.STANDARD),
            ),
            closed=(6, 7),
        ),
        BusinessSeed(
            "Trattoria della Posta Vecchia",
            Kind.RESTAURANT,
            Place("Via Mazzini 16", "10123", "45.062900", "7.683400"),
            "+39 011 000 1201",
            "Renato Bosio",
        ),
        BusinessSeed(
            "Osteria Tre Gatti",
            Kind.RESTAURANT,
            Place("Via Santa Giulia 24", "10124", "45.067100", "7.699500"),
            "+39 011 000 1202",
            "Elisa Pautasso",
            closed=(1, 7),
        ),
        BusinessSeed(
            "Caffè Lingottino",
            Kind.RESTAURANT,
            Place("Via Nizza 230", "10126", "45.032400", "7.665900"),
            "+39 011 000 1203",
            "Marco Sella Nova",
        ),
        BusinessSeed(
            "Bottega San Salvario",
            Kind.SHOP,
            Place("Via Saluzzo 30", "10125", "45.057600", "7.680600"),
            "+39 011 000 1301",
            "Valentina Cerruti",
        ),
        BusinessSeed(
            "Casa del Quartiere Dora",
            Kind.ORGANISATION,
            Place("Corso Regio Parco 42", "10153", "45.078900", "7.698300"),
            "+39 011 000 1401",
            "Khadija El Amrani",
            closed=(6, 7),
        ),
    ),
    standing=(
        StandingSeed(
            "Trattoria della Posta Vecchia",
            "Verdure e toma",
            (2, 5),
            (time(7, 30), time(9, 0)),
            (
                ("Cascina del Gelso", "Peperoni di Carmagnola", "10"),
                ("Cascina del Gelso", "Insalata", "2"),
                ("Caseificio Monviso", "Toma", "4"),
            ),
        ),
        StandingSeed(
            "Osteria Tre Gatti",
            "Formaggi e cardi",
            (3, 6),
            (time(9, 0), time(10, 30)),
            (
                ("Caseificio Monviso", "Robiola", "12"),
                ("Cascina del Gelso", "Cardi gobbi", "6"),
            ),
        ),
        StandingSeed(
            "Caffè Lingottino",
            "Caffè della settimana",
            (1, 4),
            (time(8, 0), time(10, 0)),
            (("Torrefazione Porta Palazzo", "Caffè in grani", "5"),),
        ),
        StandingSeed(
            "Bottega San Salvario",
            "Banco del fresco",
            (1, 3, 5),
            (time(8, 30), time(10, 0)),
            (
                ("Cascina del Gelso", "Patate di montagna", "3"),
                ("Caseificio Monviso", "Ricotta", "3"),
            ),
        ),
        StandingSeed(
            "Caffè Lingottino",
            "Torta di ricotta",
            (2, 5),
            (time(9, 0), time(10, 30)),
            (("Caseificio Monviso", "Ricotta", "10"),),
            holidays=Holidays.KEEP,
            is_new=True,
        ),
    ),
    guests=(
        ("Bianca Tesio", Place("Via Po 41", "10124", "45.067800", "7.693200")),
        ("Andrea Lovera", Place("Via Garibaldi 18", "10122", "45.072800", "7.681200")),
        (
            "Sonia Gatti Re",
            Place("Corso Vittorio Emanuele II 68", "10121", "45.063200", "7.675400"),
        ),
    ),
)
