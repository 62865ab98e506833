#include "lib/model/activation_store.h"

#include <stdlib.h>

#include "lib/artifact/status_matchers.h"

namespace quant_curve {
namespace {

using ::testing::ElementsAre;

// In memory and in a file: 24 bytes are more than 20.
TEST(ActivationStoreTest, WhatWasPutIsTaken) {
  for (const int64_t max_bytes : {24, 20}) {
    ASSERT_OK_AND_ASSIGN(ActivationStore store,
                         ActivationStore::Make({2, 0, 4}, max_bytes));
    EXPECT_EQ(store.in_memory(), max_bytes == 24);
    ASSERT_THAT(store.Put(2, {1, 2, 3, 4}), IsOk());
    ASSERT_THAT(store.Put(0, {5, 6}), IsOk());
    ASSERT_THAT(store.Put(1, {}), IsOk());
    ASSERT_OK_AND_ASSIGN(const std::vector<float> last, store.Take(2));
    EXPECT_THAT(last, ElementsAre(1, 2, 3, 4));
    ASSERT_THAT(store.Put(2, {7, 8, 9, 10}), IsOk());
    ActivationStore moved = std::move(store);
    ASSERT_OK_AND_ASSIGN(const std::vector<float> first, moved.Take(0));
    EXPECT_THAT(first, ElementsAre(5, 6));
    ASSERT_OK_AND_ASSIGN(const std::vector<float> again, moved.Take(2));
    EXPECT_THAT(again, ElementsAre(7, 8, 9, 10));
  }
}

TEST(ActivationStoreTest, AFolderThatIsMissingIsNamed) {
  setenv("TMPDIR", "/no/such/folder", 1);
  EXPECT_THAT(ActivationStore::Make({2}, 0), FailsSaying("/no/such/folder"));
  unsetenv("TMPDIR");
}

}  // namespace
}  // namespace quant_curve
