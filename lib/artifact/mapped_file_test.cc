#include "lib/artifact/mapped_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <string>

#include "lib/artifact/file.h"
#include "lib/artifact/status_matchers.h"

namespace quant_curve {
namespace {

class MappedFileTest : public ::testing::Test {
 protected:
  ~MappedFileTest() override { unlink(path_.c_str()); }

  const std::string path_ = ::testing::TempDir() + "/mapped";
};

TEST_F(MappedFileTest, HoldsTheFilesBytes) {
  for (const std::string& contents :
       {std::string(), std::string("a\0b", 3), std::string(4096, 'x'),
        std::string(100000, 'y')}) {
    ASSERT_THAT(WriteFileAtomically(path_, contents), IsOk());
    ASSERT_OK_AND_ASSIGN(const auto file, MappedFile::Open(path_));
    EXPECT_TRUE(file->bytes() == contents) << contents.size();
  }
}

TEST_F(MappedFileTest, AnAbsentFileIsNotFound) {
  EXPECT_THAT(MappedFile::Open(path_), StatusIs(absl::StatusCode::kNotFound,
                                                ::testing::HasSubstr(path_)));
}

TEST_F(MappedFileTest, OnlyRegularFilesAreMapped) {
  EXPECT_THAT(MappedFile::Open(::testing::TempDir()), FailsSaying("folder"));
  ASSERT_EQ(mkfifo(path_.c_str(), 0600), 0);
  EXPECT_THAT(MappedFile::Open(path_), FailsSaying("pipe"));
}

TEST_F(MappedFileTest, AFileMayBeLargerThanAProtocolBuffer) {
  ASSERT_THAT(WriteFileAtomically(path_, "head"), IsOk());
  const int64_t size = int64_t{3} << 30;
  ASSERT_EQ(truncate(path_.c_str(), size), 0);
  ASSERT_OK_AND_ASSIGN(const auto file, MappedFile::Open(path_));
  EXPECT_EQ(file->bytes().size(), size);
  EXPECT_EQ(file->bytes().substr(0, 4), "head");
  EXPECT_EQ(file->bytes().back(), '\0');
}

TEST_F(MappedFileTest, AFileThatIsReplacedKeepsItsBytes) {
  ASSERT_THAT(WriteFileAtomically(path_, "older"), IsOk());
  ASSERT_OK_AND_ASSIGN(const auto file, MappedFile::Open(path_));
  ASSERT_THAT(WriteFileAtomically(path_, "new"), IsOk());
  EXPECT_EQ(file->bytes(), "older");
}

TEST_F(MappedFileTest, DroppedPartsAreReadAgain) {
  const std::string contents(5 * 4096 + 17, 'x');
  ASSERT_THAT(WriteFileAtomically(path_, contents), IsOk());
  ASSERT_OK_AND_ASSIGN(const auto file, MappedFile::Open(path_));
  const absl::string_view bytes = file->bytes();
  for (const absl::string_view part :
       {bytes, bytes.substr(0, 0), bytes.substr(1, 2), bytes.substr(4096, 4096),
        bytes.substr(100, 9000), bytes.substr(bytes.size())}) {
    file->Drop(part);
    EXPECT_TRUE(bytes == contents);
  }
}

TEST_F(MappedFileTest, AFileThatIsReadOrReplacedIsUnchanged) {
  ASSERT_THAT(WriteFileAtomically(path_, "older"), IsOk());
  ASSERT_OK_AND_ASSIGN(const auto file, MappedFile::Open(path_));
  EXPECT_EQ(file->path(), path_);
  EXPECT_THAT(file->CheckUnchanged(), IsOk());
  ASSERT_OK_AND_ASSIGN(const std::string read, ReadFile(path_));
  EXPECT_THAT(file->CheckUnchanged(), IsOk());
  ASSERT_THAT(WriteFileAtomically(path_, "newer"), IsOk());
  EXPECT_THAT(file->CheckUnchanged(), IsOk());
  ASSERT_EQ(unlink(path_.c_str()), 0);
  EXPECT_THAT(file->CheckUnchanged(), IsOk());
}

// As Bazel and remote executors do with the inputs of an action.
TEST_F(MappedFileTest, AFileThatGetsAnotherLinkOrModeIsUnchanged) {
  ASSERT_THAT(WriteFileAtomically(path_, "older"), IsOk());
  ASSERT_OK_AND_ASSIGN(const auto file, MappedFile::Open(path_));
  const std::string link_path = path_ + ".link";
  usleep(20000);  // the file system's clock goes on
  ASSERT_EQ(link(path_.c_str(), link_path.c_str()), 0);
  ASSERT_EQ(chmod(path_.c_str(), 0444), 0);
  EXPECT_THAT(file->CheckUnchanged(), IsOk());
  ASSERT_EQ(unlink(link_path.c_str()), 0);
  EXPECT_THAT(file->CheckUnchanged(), IsOk());
}

TEST_F(MappedFileTest, AFileThatIsWrittenInPlaceIsChanged) {
  ASSERT_THAT(WriteFileAtomically(path_, "older"), IsOk());
  ASSERT_OK_AND_ASSIGN(const auto file, MappedFile::Open(path_));
  usleep(20000);  // the file system's clock goes on
  const int fd = open(path_.c_str(), O_WRONLY);
  ASSERT_EQ(write(fd, "newer", 5), 5);
  close(fd);
  EXPECT_THAT(file->CheckUnchanged(),
              StatusIs(absl::StatusCode::kAborted,
                       ::testing::HasSubstr(
                           path_ + ": changed while it was read; try again")));
}

}  // namespace
}  // namespace quant_curve
