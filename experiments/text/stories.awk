# Puts <|endoftext|> before each story of a TinyStories text that has lost its
# separators, and drops blank lines, which stand between paragraphs and stories
# alike. A story starts with a paragraph that introduces somebody or a day. No
# such rule finds them all: docs/tinystories.md has how many these find.
function starts_story(p) {
  if (p ~ /^Once(,? there| upon a time)/) return 1
  if (p ~ /^One [a-z ]*(day|morning|night),? (there|two|an?) .*(named|called|(was|were) [a-z]+ing|went|found)/) return 1
  if (p ~ /^It was an? [a-z ]*(day|morning)/) return 1
  if (p ~ /^There (once|was an?|lived) /) return 1
  # No names, though written like them.
  if (p ~ /^(It|This|That|He|She|They|There|Everyone|But|So|Then|Today) /) return 0
  if (p ~ /^[A-Z][a-z]+( and ((his|her) )?[A-Za-z]+)? (like|love)[sd]? to /) return 1
  if (p ~ /^[A-Z][a-z]+ and ((his|her) )?[A-Za-z]+ (are|were) ([a-z]+ )?(twins|friends|brothers?|bored|hungry|in|at|[a-z]+ing) ?/) return 1
  # What becomes of somebody known is no introduction.
  if (p ~ /^[A-Z][a-z]+ (is|was) a (bit|little (bit|scared|sad)) /) return 0
  if (p ~ /^[A-Z][a-z]+ (is|was) (getting|starting|having) /) return 0
  return p ~ /^[A-Z][a-z]+ (is|was) (an?|[a-z]+ing|in|at) /
}
starts_story($0) { print "<|endoftext|>" }
NF { print }
