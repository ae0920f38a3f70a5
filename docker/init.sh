#!/usr/bin/env bash
# Make both databases ready, once, before the other services start.
set -euo pipefail
python - <<'PY'
import os, psycopg
with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as conn:
    if not conn.execute("select 1 from pg_database where datname = 'airflow'").fetchone():
        conn.execute("create database airflow")
PY
python -m copydesk.store.migrate
passwords="$AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE"
[ -s "$passwords" ] || printf '{"admin": "%s", "editor": "%s", "viewer": "%s"}' \
  "${COPYDESK_ADMIN_PASSWORD:-change-me}" "${COPYDESK_EDITOR_PASSWORD:-change-me}" "${COPYDESK_VIEWER_PASSWORD:-change-me}" > "$passwords"
python -m copydesk_airflow.prepare
