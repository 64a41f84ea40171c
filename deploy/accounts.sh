#!/bin/sh
# Makes the accounts of the processes when the database is created. Their rights come with `roadworthy database grants`.
set -eu
for role in serve worker signer; do
  psql --set=ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" \
    --set=account="roadworthy_$role" --set=password="$(cat "/run/secrets/database_$role")" <<'SQL'
CREATE ROLE :"account" LOGIN PASSWORD :'password';
SQL
done
