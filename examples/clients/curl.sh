#!/bin/sh
# Plain HTTP: a browser in four calls. Needs curl, and sed for want of something better.
set -eu
shop=${SHOP_URL:-http://127.0.0.1:7071}
call() { # method path [body]
  curl --silent --show-error --fail-with-body -X "$1" "${CARREL_URL:-http://127.0.0.1:7070}$2" \
    -H "Authorization: Bearer $CARREL_API_KEY" -H 'Content-Type: application/json' ${3:+--data "$3"}
}
id=$(call POST /v1/browsers '{}' | sed 's/.*"id":"\(br_[^"]*\)".*/\1/')
call POST "/v1/browsers/$id/execute" "{\"type\": \"goto\", \"url\": \"$shop/sale\"}"
echo
call POST "/v1/browsers/$id/scrape" '{"fields": {"on sale": {"selector": ".shelf .title", "all": true}}, "links": false}' | sed 's/.*"fields"://'
echo
call DELETE "/v1/browsers/$id" > /dev/null
