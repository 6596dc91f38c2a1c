#!/usr/bin/env bash
# Puts secrets from a folder into the Key Vault, then shreds the whole folder: docs/deploy.md, step 4.
#   scripts/put-secrets.sh VAULT FOLDER
# Each file is named after its secret. A binary one (P12, DER) goes in as base64. The two keys that are nobody's but
# ours are drawn where the vault has none: a second run leaves them alone. A file that is no secret of ours, or an az
# that refuses, ends it, and the folder stays.
set -euo pipefail

names=(
  MOSIP-AUTH-CLIENT-ID
  MOSIP-AUTH-CLIENT-SECRET
  MOSIP-AUTH-PASS
  MOSIP-AUTH-USER
  MOSIP-PUBLIC-KEY
  MOSIP-WEBSUB-AUTH-CLIENT-ID
  MOSIP-WEBSUB-AUTH-CLIENT-SECRET
  MOSIP-WEBSUB-SECRET
  NATIONALID-CALLBACK-SECRET
  NATIONALID-CLIENT-P12
  NATIONALID-CLIENT-P12-PASSWORD
  NATIONALID-OAUTH-CLIENT-ID
  NATIONALID-OAUTH-CLIENT-SECRET
  NATIONALID-SIGN-SECRET
  OIDP-CLIENT-PRIVATE-KEY
  OPENCRVS-CLIENT-ID
  OPENCRVS-CLIENT-SECRET
  OPENCRVS-PRIV-KEY
  OPENCRVS-SEARCH-CLIENT-ID
  OPENCRVS-SEARCH-CLIENT-SECRET
  OPENCRVS-SHA-SECRET
  OSIA-CLIENT-ID
  OSIA-CLIENT-SECRET
  OSIA-NOTIFY-SECRET
  OSIA-TOKEN
  TOKENSEEDER-CALLER-KEY
  TOKENSEEDER-CRYPTO-ENCRYPT--ENCRYPT-CERT
  TOKENSEEDER-CRYPTO-SIGNATURE--SIGN-P12-FILE
  TOKENSEEDER-CRYPTO-SIGNATURE--SIGN-P12-FILE-PASSWORD
  TOKENSEEDER-MOSIP-AUTH--PARTNER-APIKEY
  TOKENSEEDER-MOSIP-AUTH--PARTNER-MISP-LK
)
drawn=(NATIONALID-LEDGER-KEY NATIONALID-RECORD-TOKEN-KEY)

(($# == 2)) || { sed -n '2,6s/^# \{0,1\}//p' "$0" >&2; exit 2; }
vault=$1 folder=$2
[[ -d $folder ]] || { echo "There is no folder $folder." >&2; exit 2; }

shopt -s nullglob dotglob
files=("$folder"/*)
for file in "${files[@]}"; do
  name=${file##*/}
  [[ " ${names[*]} " == *" $name "* ]] || {
    echo "$name is no secret's name. Nothing was put, and the folder stays." >&2
    exit 2
  }
done

put() {
  local encoding=utf-8
  iconv -f utf-8 -t utf-8 "$2" >/dev/null 2>&1 || encoding=base64
  az keyvault secret set --vault-name "$vault" -n "$1" --file "$2" --encoding "$encoding" --query name -o tsv
}

for file in "${files[@]}"; do
  put "${file##*/}" "$file"
done

# A list tells "there is none" from "the vault can't be asked"; a single secret's answer does not.
have=$(az keyvault secret list --vault-name "$vault" --query '[].name' -o tsv)
for name in "${drawn[@]}"; do
  if grep -qx "$name" <<<"$have"; then
    echo "$name is there already: kept"
  else
    (umask 077 && openssl rand -base64 32 | tr -d '\n' >"$folder/$name")
    put "$name" "$folder/$name"
  fi
done

find "$folder" -type f -exec shred -u {} +
rmdir "$folder"
echo "All are in $vault, and $folder is gone."
