#include "lib/text/piece_cache.h"

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace quant_curve {
namespace {

using ::testing::ElementsAre;

TEST(PieceCacheTest, IdsOfAKnownPieceAreAppended) {
  PieceCache cache;
  std::vector<uint32_t> ids = {1};
  EXPECT_FALSE(cache.Append("ab", ids));
  cache.Insert("ab", {2, 3});
  cache.Insert("c", {4});
  EXPECT_TRUE(cache.Append("ab", ids));
  EXPECT_TRUE(cache.Append("c", ids));
  EXPECT_FALSE(cache.Append("a", ids));
  EXPECT_THAT(ids, ElementsAre(1, 2, 3, 4));
}

TEST(PieceCacheTest, LongPiecesAreNotKept) {
  PieceCache cache;
  std::vector<uint32_t> ids;
  const std::string piece(PieceCache::kMaxPieceBytes + 1, 'a');
  cache.Insert(piece, {1});
  EXPECT_FALSE(cache.Append(piece, ids));
  cache.Insert(piece.substr(1), {1});
  EXPECT_TRUE(cache.Append(piece.substr(1), ids));
}

TEST(PieceCacheTest, AFullCacheStartsAnew) {
  PieceCache cache;
  std::vector<uint32_t> ids;
  for (uint32_t i = 0; i <= PieceCache::kMaxPieces; ++i) {
    cache.Insert(absl::StrCat(i), {i});
  }
  EXPECT_FALSE(cache.Append("0", ids));
  EXPECT_TRUE(cache.Append(absl::StrCat(PieceCache::kMaxPieces), ids));
  EXPECT_THAT(ids, ElementsAre(PieceCache::kMaxPieces));
}

}  // namespace
}  // namespace quant_curve
