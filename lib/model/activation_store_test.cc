#include "lib/model/activation_store.h"

#include <linux/magic.h>
#include <stdlib.h>
#include <sys/vfs.h>

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

TEST(ActivationStoreTest, AMissingFolderIsNamedWithARemedy) {
  setenv("TMPDIR", "/no/such/folder", 1);
  EXPECT_THAT(
      ActivationStore::Make({2}, 0),
      StatusIs(absl::StatusCode::kNotFound,
               "/no/such/folder: cannot create a temporary file for "
               "activations: No such file or directory; set TMPDIR to a folder "
               "on a working disk where this process can create files"));
  unsetenv("TMPDIR");
}

// tmpfs refuses a file beyond its limit before it reserves a page.
TEST(ActivationStoreTest, AFullDiskNeedsAFolderWithMoreSpace) {
  constexpr int64_t kFloats = int64_t{1} << 40;
  struct statfs disk;
  if (statfs("/dev/shm", &disk) != 0 || disk.f_type != TMPFS_MAGIC ||
      disk.f_blocks == 0 || disk.f_blocks >= kFloats / disk.f_bsize) {
    GTEST_SKIP() << "/dev/shm is not a tmpfs with a limit below 4 TiB";
  }
  setenv("TMPDIR", "/dev/shm", 1);
  EXPECT_THAT(ActivationStore::Make({kFloats}),
              StatusIs(absl::StatusCode::kResourceExhausted,
                       ::testing::HasSubstr(
                           "/dev/shm: cannot reserve 4398046511104 bytes for a "
                           "temporary file for activations: No space left on "
                           "device; set TMPDIR to a folder with more space")));
  unsetenv("TMPDIR");
}

}  // namespace
}  // namespace quant_curve
