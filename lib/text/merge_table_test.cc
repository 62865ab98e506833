#include "lib/text/merge_table.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/artifact/status_matchers.h"
#include "lib/numerics/random.h"
#include "lib/text/bpe_tokenizer.h"

namespace quant_curve {
namespace {

// Tokens over the letters "abc", the longer ones concatenations of two others,
// with merges in random order or random scores of few distinct values.
BpeTokenizer RandomTokenizer(BpeKind kind, uint64_t seed) {
  Random random(seed);
  BpeTokenizer tokenizer;
  tokenizer.set_kind(kind);
  tokenizer.set_prefix_space(PREFIX_NONE);
  for (const char* letter : {"a", "b", "c"}) tokenizer.add_tokens(letter);
  absl::flat_hash_map<std::string, bool> seen;
  while (tokenizer.tokens_size() < 40) {
    const uint32_t left = random.Below(tokenizer.tokens_size());
    const uint32_t right = random.Below(tokenizer.tokens_size());
    const std::string token = tokenizer.tokens(left) + tokenizer.tokens(right);
    if (token.size() > 12 || !seen.insert({token, true}).second) continue;
    tokenizer.add_tokens(token);
    if (kind == SENTENCEPIECE_SCORES) continue;
    tokenizer.add_merge_left(left);
    tokenizer.add_merge_right(right);
  }
  for (int i = tokenizer.merge_left_size() - 1; i > 0; --i) {
    const int j = random.Below(i + 1);
    tokenizer.mutable_merge_left()->SwapElements(i, j);
    tokenizer.mutable_merge_right()->SwapElements(i, j);
  }
  for (int id = 0; id < tokenizer.tokens_size(); ++id) {
    tokenizer.add_types(TOKEN_NORMAL);
    if (kind != SENTENCEPIECE_SCORES) continue;
    tokenizer.add_scores(-static_cast<float>(random.Below(8)));
  }
  return tokenizer;
}

void MergeSymbols(const MergeTable& table, const std::vector<uint32_t>& symbols,
                  std::vector<uint32_t>& ids,
                  size_t long_run = SymbolMerger::kLongRun) {
  SymbolMerger merger(table, ids, nullptr, long_run);
  for (const uint32_t symbol : symbols) merger.Add(symbol);
  merger.EndWord();
}

// The textbook's way: join the first best pair of all, start over.
std::vector<std::string> MergedOneByOne(const BpeTokenizer& tokenizer,
                                        std::vector<std::string> parts) {
  const auto tokens = NormalTokens(tokenizer);
  while (true) {
    size_t best = parts.size();
    float best_score = 0;
    for (size_t i = 0; i + 1 < parts.size(); ++i) {
      const auto found = tokens.find(parts[i] + parts[i + 1]);
      if (found == tokens.end()) continue;
      float score = -1e9f;
      if (tokenizer.kind() == SENTENCEPIECE_SCORES) {
        score = tokenizer.scores(found->second);
      } else {
        for (int m = 0; m < tokenizer.merge_left_size(); ++m) {
          if (tokenizer.tokens(tokenizer.merge_left(m)) == parts[i] &&
              tokenizer.tokens(tokenizer.merge_right(m)) == parts[i + 1]) {
            score = -static_cast<float>(m);
          }
        }
        if (score == -1e9f) continue;
      }
      if (best == parts.size() || score > best_score) {
        best = i;
        best_score = score;
      }
    }
    if (best == parts.size()) return parts;
    parts[best] += parts[best + 1];
    parts.erase(parts.begin() + best + 1);
  }
}

class MergeTableTest : public ::testing::TestWithParam<BpeKind> {};

TEST_P(MergeTableTest, SymbolsMergeAsOneByOne) {
  for (uint64_t seed = 0; seed < 50; ++seed) {
    const BpeTokenizer tokenizer = RandomTokenizer(GetParam(), seed);
    ASSERT_THAT(ValidateBpeTokenizer(tokenizer), IsOk());
    const MergeTable table(tokenizer);
    Random random(seed, /*stream=*/1);
    std::vector<uint32_t> symbols;
    std::vector<std::string> letters;
    for (uint64_t i = random.Below(60); i > 0; --i) {
      symbols.push_back(random.Below(3));
      letters.push_back(tokenizer.tokens(symbols.back()));
    }
    // As short runs, as long ones, and the longer ones of several.
    for (const size_t long_run : {1000, 1, 8}) {
      std::vector<uint32_t> ids;
      MergeSymbols(table, symbols, ids, long_run);
      std::vector<std::string> merged;
      for (const uint32_t id : ids) merged.push_back(tokenizer.tokens(id));
      EXPECT_EQ(merged, MergedOneByOne(tokenizer, letters)) << "seed " << seed;
    }
  }
}

TEST_P(MergeTableTest, AMillionEqualSymbolsMergeInNoTime) {
  BpeTokenizer tokenizer;
  tokenizer.set_kind(GetParam());
  for (const char* token : {"a", "aa", "aaaa"}) tokenizer.add_tokens(token);
  for (const uint32_t id : {0, 1}) {
    if (GetParam() == SENTENCEPIECE_SCORES) continue;
    tokenizer.add_merge_left(id);
    tokenizer.add_merge_right(id);
  }
  for (int id = 0; id < 3; ++id) {
    tokenizer.add_types(TOKEN_NORMAL);
    tokenizer.add_scores(0);
  }
  std::vector<uint32_t> ids;
  MergeSymbols(MergeTable(tokenizer), std::vector<uint32_t>(1000003), ids);
  // 250,000 fours, then "aa" and "a".
  ASSERT_EQ(ids.size(), 250002);
  EXPECT_EQ(ids[0], 2);
  EXPECT_EQ(ids[249999], 2);
  EXPECT_EQ(ids[250000], 1);
  EXPECT_EQ(ids[250001], 0);
}

TEST_P(MergeTableTest, NoSymbolsGiveNoTokens) {
  std::vector<uint32_t> ids;
  MergeSymbols(MergeTable(RandomTokenizer(GetParam(), 1)), {}, ids);
  EXPECT_TRUE(ids.empty());
}

INSTANTIATE_TEST_SUITE_P(Kinds, MergeTableTest,
                         ::testing::Values(SENTENCEPIECE_MERGES,
                                           SENTENCEPIECE_SCORES));

}  // namespace
}  // namespace quant_curve
