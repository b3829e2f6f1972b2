FROM python:3.13-slim-trixie

RUN apt-get update \
 && apt-get install --yes --no-install-recommends \
      libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --create-home --uid 10001 coopcycle

WORKDIR /app
COPY requirements/base.txt requirements/base.txt
RUN pip install --no-cache-dir --require-hashes --no-deps -r requirements/base.txt

COPY . .
ENV PYTHONUNBUFFERED=1 VAR_DIR=/data
# Static files and catalogues are part of the image; building needs no real secret. A checkout made
# under a strict umask must stay readable for the account that runs it.
RUN for po in locale/*/LC_MESSAGES/*.po; do \
      [ -e "$po" ] || continue; \
      pybabel --quiet compile -l "$(basename "$(dirname "$(dirname "$po")")")" -i "$po" -o "${po%.po}.mo"; \
    done \
 && SECRET_KEY=build DATABASE_LOGIN_SECRET=build DATA_MASTER_KEY=build VAR_DIR=/data python manage.py collectstatic --no-input \
 && mkdir -p /data/media /data/mail \
 && chown -R coopcycle /data \
 && chmod -R a+rX .

USER coopcycle
EXPOSE 8000 8001
