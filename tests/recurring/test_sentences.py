"""Every rule in plain words, English and French."""

from datetime import date, time

import pytest
from django.utils import translation
from hypothesis import given, settings

from recurring.rules import FREQUENCIES, RuleError, parse_rule
from recurring.sentences import how_often
from recurring.words import rule_error_words
from tests.recurring.test_expansion_oracle import rules

WORDS = [
    ("FREQ=DAILY", "Every day", "Chaque jour"),
    ("FREQ=DAILY;INTERVAL=3", "Every 3 days", "Tous les 3 jours"),
    (
        "FREQ=DAILY;BYDAY=MO,TU",
        "Every day, if it is a Monday or a Tuesday",
        "Chaque jour, si c’est un lundi ou un mardi",
    ),
    (
        "FREQ=WEEKLY;BYDAY=TU",
        "1 delivery a week, on Tuesday",
        "1 livraison par semaine, le mardi",
    ),
    (
        "FREQ=WEEKLY;BYDAY=TU,FR;UNTIL=20270630",
        "2 deliveries a week, on Tuesday and Friday, until 30 Jun 2027",
        "2 livraisons par semaine, le mardi et le vendredi, jusqu’au 30 juin 2027",
    ),
    (
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU;BYMONTH=3,4",
        "1 delivery every 2 weeks, on Tuesday, in March and April only",
        "1 livraison toutes les 2 semaines, le mardi, en mars et avril seulement",
    ),
    (
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU;WKST=SU",
        "2 deliveries every 2 weeks, on Monday and Sunday (the week begins on Sunday)",
        (
            "2 livraisons toutes les 2 semaines, le lundi et le dimanche "
            "(la semaine commence le dimanche)"
        ),
    ),
    ("FREQ=MONTHLY;BYMONTHDAY=31", "Every month, on the 31st", "Chaque mois, le 31"),
    (
        "FREQ=MONTHLY;INTERVAL=2;BYMONTHDAY=1",
        "Every 2 months, on the 1st",
        "Tous les 2 mois, le 1er",
    ),
    (
        "FREQ=MONTHLY;BYMONTHDAY=28,29,30,31;BYSETPOS=-1",
        "Every month, on the 31st, or the last day of shorter months",
        "Chaque mois, le 31, ou le dernier jour des mois plus courts",
    ),
    (
        "FREQ=MONTHLY;BYMONTHDAY=-1,-2,15",
        "Every month, on the 15th, the 2nd day from the end and the last day",
        "Chaque mois, le 15, le 2e jour en partant de la fin et le dernier jour",
    ),
    (
        "FREQ=MONTHLY;BYDAY=1MO,-1FR",
        "Every month, on the first Monday and the last Friday",
        "Chaque mois, le premier lundi et le dernier vendredi",
    ),
    (
        "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
        "Every month, on the last Monday, Tuesday, Wednesday, Thursday or Friday",
        "Chaque mois, le dernier lundi, mardi, mercredi, jeudi ou vendredi",
    ),
    (
        "FREQ=MONTHLY;BYMONTHDAY=13;BYDAY=FR",
        "Every month, on the 13th, if it is a Friday",
        "Chaque mois, le 13, si c’est un vendredi",
    ),
    (
        "FREQ=MONTHLY;BYMONTHDAY=1,15;BYSETPOS=2;BYMONTH=5",
        "Every month, on the 1st and the 15th, in May only; of these days, only the 2nd of the month",
        "Chaque mois, le 1er et le 15, en mai seulement ; de ces jours, seulement le 2e du mois",
    ),
    ("FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=1", "Every year, on 1 March", "Chaque année, le 1er mars"),
    (
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29",
        "Every year, on 29 February, in leap years only",
        "Chaque année, le 29 février, les années bissextiles seulement",
    ),
    (
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=28,29;BYSETPOS=-1",
        "Every year, on 29 February, or the day before where there is none",
        "Chaque année, le 29 février, ou la veille quand il n’existe pas",
    ),
    (
        "FREQ=YEARLY;BYMONTH=3,8;BYDAY=1MO;COUNT=1",
        "Every year, on the first Monday of March and August, one date only",
        "Chaque année, le premier lundi, en mars et août, une seule date",
    ),
    (
        "FREQ=YEARLY;INTERVAL=2;BYDAY=20MO,-3TU;COUNT=10",
        (
            "Every 2 years, on the 20th Monday and the 3rd Tuesday from the end of the year, "
            "10 dates in all"
        ),
        (
            "Tous les 2 ans, le 20e lundi et le 3e mardi en partant de la fin de l’année, "
            "10 dates en tout"
        ),
    ),
    (
        "FREQ=YEARLY;BYMONTHDAY=15",
        "Every year, on the 15th of every month",
        "Chaque année, le 15 de chaque mois",
    ),
    (
        "FREQ=YEARLY;BYMONTH=3,4;BYDAY=MO;BYSETPOS=-1",
        "Every year, on every Monday of March and April; of these days, only the last of the year",
        "Chaque année, chaque lundi, en mars et avril ; de ces jours, seulement le dernier de l’année",
    ),
]


@pytest.mark.parametrize(("rule", "english", "french"), WORDS)
def test_a_rule_reads_as_plain_words_in_both_languages(rule, english, french):
    with translation.override("en"):
        assert how_often(parse_rule(rule)) == english
    with translation.override("fr"):
        assert how_often(parse_rule(rule)) == french


def test_several_windows_a_day_count_as_deliveries_and_are_named_in_order():
    rule = parse_rule("FREQ=WEEKLY;BYDAY=TU,FR")
    with translation.override("en"):
        assert (
            how_often(rule, (time(15), time(7)))
            == "4 deliveries a week, on Tuesday and Friday, at 07:00 and 15:00"
        )
    with translation.override("fr"):
        assert (
            how_often(rule, (time(15), time(7)))
            == "4 livraisons par semaine, le mardi et le vendredi, à 7:00 et 15:00"
        )


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("FREQ=WEEKLY", "1 delivery a week, on Sunday"),
        ("FREQ=MONTHLY", "Every month, on the 1st"),
        ("FREQ=YEARLY", "Every year, on 1 March"),
    ],
)
def test_a_bare_rule_is_said_with_the_day_of_its_first_date(rule, words):
    assert how_often(parse_rule(rule), first_day=date(2026, 3, 1)) == words


@pytest.mark.parametrize("frequency", FREQUENCIES)
def test_a_bare_rule_without_its_first_date_is_still_said(frequency):
    assert how_often(parse_rule(f"FREQ={frequency}")).startswith("Every ")


@pytest.mark.parametrize("language", ["en", "fr", "de", "it", "nl", "es"])
def test_no_language_of_the_federation_breaks_a_sentence(language):
    with translation.override(language):
        assert all("%(" not in how_often(parse_rule(rule)) for rule, *_words in WORDS)


def test_a_refused_rule_says_why_in_the_language_of_the_reader():
    with pytest.raises(RuleError) as refused:
        parse_rule("FREQ=DAILY;COUNT=0")
    assert str(refused.value) == "COUNT takes whole numbers from 1 to 1000."
    with translation.override("fr"):
        assert rule_error_words(refused.value) == "COUNT prend des nombres entiers de 1 à 1000."


@settings(max_examples=100, deadline=None, derandomize=True, database=None)
@given(rules())
def test_every_rule_that_we_accept_has_words_in_both_languages(text):
    try:
        rule = parse_rule(text)
    except RuleError:
        return
    said = []
    for language in ("en", "fr"):
        with translation.override(language):
            said.append(how_often(rule, (time(7),), date(2026, 3, 1)))
    assert said[0] != said[1]
    assert all(words[0].isupper() or words[0].isdigit() for words in said)
    assert all("%(" not in words for words in said)
