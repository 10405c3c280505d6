#!/bin/sh
# npm run test:e2e [-- [--all] [FILES and flags of vitest]]: with --all the files *.all.ts are run as well, which take too long for every change.
for word; do
  shift
  if [ "$word" = --all ]; then export E2E_ALL=1; else set -- "$@" "$word"; fi
done
exec vitest run --config test/e2e/vitest.config.ts "$@"
