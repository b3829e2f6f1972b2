"""Dated rates of value added tax of the first six countries, each with the law it stands in.

Italy and Spain tax basic food (vegetables, fruit, bread, fresh milk, cheese; in Spain eggs too) lower
than the rest; `food` has the basic rate, which is what producers of a cycling radius sell. Italy's 10 %
on eggs, honey, meat and fish (DPR 633/1972, tabella A parte III) has no category here: such goods want
an accountant's word before they are sold. So do take-away meals in Belgium, which the government meant to
tax at 12 % from 1 March 2026 on: `prepared_meal` has 6 % until somebody confirms it. Rates start where the
present uninterrupted period began, so that a day before has no rate rather than a wrong one.
"""

from datetime import date
from decimal import Decimal

from django.db import migrations

# territory: law, then category → (percent, in force since, where it stands)
RATES = {
    "FR": {
        "food": ("5.5", "2014-01-01", "CGI art. 278-0 bis A 1°"),
        "prepared_meal": ("10", "2014-01-01", "CGI art. 279 m, n"),
        "soft_drink": ("5.5", "2014-01-01", "CGI art. 278-0 bis A 1°"),
        "alcohol": ("20", "2014-01-01", "CGI art. 278"),
        "book": ("5.5", "2014-01-01", "CGI art. 278-0 bis A 3°"),
        "standard": ("20", "2014-01-01", "CGI art. 278"),
        "delivery": ("20", "2014-01-01", "CGI art. 278"),
    },
    "IT": {
        "food": ("4", "2013-10-01", "DPR 633/1972, tabella A parte II (generi di base)"),
        "prepared_meal": ("10", "2013-10-01", "DPR 633/1972, tabella A parte III n. 80, 121"),
        "soft_drink": ("22", "2013-10-01", "DPR 633/1972 art. 16 c. 1"),
        "alcohol": ("22", "2013-10-01", "DPR 633/1972 art. 16 c. 1"),
        "book": ("4", "2013-10-01", "DPR 633/1972, tabella A parte II n. 18"),
        "standard": ("22", "2013-10-01", "DPR 633/1972 art. 16 c. 1"),
        "delivery": ("22", "2013-10-01", "DPR 633/1972 art. 16 c. 1"),
    },
    "BE": {
        "food": ("6", "1996-01-01", "AR/KB n° 20, tableau A, I–X"),
        "prepared_meal": ("6", "1996-01-01", "AR/KB n° 20, tableau A, I–X"),
        "soft_drink": ("6", "1996-01-01", "AR/KB n° 20, tableau A, XI"),
        "alcohol": ("21", "1996-01-01", "AR/KB n° 20 art. 1"),
        "book": ("6", "1996-01-01", "AR/KB n° 20, tableau A, XIX"),
        "standard": ("21", "1996-01-01", "AR/KB n° 20 art. 1"),
        "delivery": ("21", "1996-01-01", "AR/KB n° 20 art. 1"),
    },
    "DE": {
        "food": ("7", "2021-01-01", "UStG § 12 Abs. 2 Nr. 1, Anlage 2"),
        "prepared_meal": ("7", "2021-01-01", "UStG § 12 Abs. 2 Nr. 1, Anlage 2"),
        "soft_drink": ("19", "2021-01-01", "UStG § 12 Abs. 1"),
        "alcohol": ("19", "2021-01-01", "UStG § 12 Abs. 1"),
        "book": ("7", "2021-01-01", "UStG § 12 Abs. 2 Nr. 1, Anlage 2 Nr. 49"),
        "standard": ("19", "2021-01-01", "UStG § 12 Abs. 1"),
        "delivery": ("19", "2021-01-01", "UStG § 12 Abs. 1"),
    },
    "NL": {
        "food": ("9", "2019-01-01", "Wet OB 1968 art. 9 lid 2, Tabel I a.1"),
        "prepared_meal": ("9", "2019-01-01", "Wet OB 1968 art. 9 lid 2, Tabel I a.1"),
        "soft_drink": ("9", "2019-01-01", "Wet OB 1968 art. 9 lid 2, Tabel I a.1"),
        "alcohol": ("21", "2012-10-01", "Wet OB 1968 art. 9 lid 1"),
        "book": ("9", "2019-01-01", "Wet OB 1968 art. 9 lid 2, Tabel I a.30"),
        "standard": ("21", "2012-10-01", "Wet OB 1968 art. 9 lid 1"),
        "delivery": ("21", "2012-10-01", "Wet OB 1968 art. 9 lid 1"),
    },
    "ES": {
        "food": ("4", "2025-01-01", "Ley 37/1992 art. 91.Dos.1.1.º (alimentos básicos)"),
        "prepared_meal": ("10", "2012-09-01", "Ley 37/1992 art. 91.Uno.1.1.º"),
        "soft_drink": ("21", "2021-01-01", "Ley 37/1992 art. 90, 91.Uno.1.1.º (azúcar)"),
        "alcohol": ("21", "2012-09-01", "Ley 37/1992 art. 90"),
        "book": ("4", "2012-09-01", "Ley 37/1992 art. 91.Dos.1.2.º"),
        "standard": ("21", "2012-09-01", "Ley 37/1992 art. 90"),
        "delivery": ("21", "2012-09-01", "Ley 37/1992 art. 90"),
    },
}


def write_rates(apps, schema_editor):
    tax_rate = apps.get_model("tenants", "TaxRate")
    tax_rate.objects.bulk_create(
        tax_rate(
            territory=territory,
            category=category,
            rate=Decimal(percent) / 100,
            valid_from=date.fromisoformat(since),
            source=source,
        )
        for territory, rates in RATES.items()
        for category, (percent, since, source) in rates.items()
    )


def remove_rates(apps, schema_editor):
    apps.get_model("tenants", "TaxRate").objects.filter(territory__in=RATES).delete()


class Migration(migrations.Migration):
    dependencies = [("tenants", "0001_initial")]

    operations = [migrations.RunPython(write_rates, remove_rates)]
