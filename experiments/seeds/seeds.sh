#!/bin/bash
# Prints each scheme's gap to fp32 in the results of several seeds, in percent,
# with mean and standard deviation over the seeds.
set -euo pipefail
for file in "$@"; do
  case $file in *results.json) cat "$file" ;; esac
done | awk -F'[ :,"]+' '
  $2 == "name" { name = $3 }
  $2 == "name" && !(name in seen) { seen[name] = 1; order[++schemes] = name }
  $2 == "perplexity" { perplexity[name, ++n[name]] = $3 }
  $2 == "perplexity_gap_percent" { gap[name, n[name]] = $3 }
  END {
    printf "%-30s", "of each seed"
    for (i = 1; i <= n[order[1]]; ++i) printf "%9s", "no. " i
    printf "%9s%9s\n", "mean", "sd"
    for (s = 1; s <= schemes; ++s) {
      name = order[s]
      sum = squares = 0
      printf "%-30s", s == 1 ? name ", perplexity" : name ", gap %"
      for (i = 1; i <= n[name]; ++i) {
        value = s == 1 ? perplexity[name, i] : gap[name, i]
        printf s == 1 ? "%9.3f" : "%+9.3f", value
        sum += value
        squares += value * value
      }
      mean = sum / n[name]
      printf s == 1 ? "%9.3f" : "%+9.3f", mean
      printf "%9.3f\n", sqrt((squares - sum * mean) / (n[name] - 1))
    }
  }'
