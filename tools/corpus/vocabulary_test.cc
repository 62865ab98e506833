#include "tools/corpus/vocabulary.h"

#include "lib/artifact/status_matchers.h"
#include "lib/data/tokenizer.h"

namespace quant_curve {
namespace {

using ::testing::ElementsAre;

TEST(VocabularyTest, TokensAreThoseOfTheDesign) {
  EXPECT_THAT(
      VerbTokenizer().tokens(),
      ElementsAre(".", "the", "a", "he", "they", "i", "will", "is", "are", "am",
                  "to", "in", "now", "last", "next", "every", "week", "she",
                  // Onsets.
                  "b", "c", "d", "f", "g", "h", "j", "k", "l", "m", "n", "p",
                  "r", "s", "t", "v", "w", "st", "ch", "sh",
                  // Rimes.
                  "ack", "ill", "ook", "all", "alk", "ump", "ick", "ock", "ash",
                  "ain", "ail", "end", "ark", "oil", "oast", "and", "ent",
                  "est", "ay", "ell", "ake", "old",
                  // Suffixes.
                  "+s", "+es", "+ed", "+ing"));
}

TEST(VocabularyTest, SixtyFourTokensInValidGroups) {
  const Tokenizer tokenizer = VerbTokenizer();
  EXPECT_EQ(tokenizer.tokens_size(), 64);
  EXPECT_EQ(tokenizer.num_function_tokens(), 18);
  EXPECT_EQ(tokenizer.num_onsets(), 20);
  EXPECT_EQ(tokenizer.num_rimes(), 22);
  EXPECT_EQ(tokenizer.num_suffixes(), 4);
  EXPECT_EQ(tokenizer.separator_id(), 0);
  EXPECT_THAT(ValidateTokenizer(tokenizer), IsOk());
}

TEST(VocabularyTest, EverySyllableIsSpelledAsItsOnsetAndRime) {
  const Tokenizer tokenizer = VerbTokenizer();
  const std::vector<std::string> syllables = Syllables();
  ASSERT_EQ(syllables.size(), 20 * 22);
  for (uint32_t i = 0; i < syllables.size(); ++i) {
    // "will" is a function token, and the only such syllable.
    if (syllables[i] == "will") continue;
    EXPECT_THAT(Encode(tokenizer, syllables[i]).value(),
                ElementsAre(18 + i / 22, 38 + i % 22))
        << syllables[i];
  }
}

}  // namespace
}  // namespace quant_curve
