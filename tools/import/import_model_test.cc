#include "tools/import/import_model.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "lib/artifact/status_matchers.h"
#include "lib/text/bpe_tokenizer.h"
#include "tools/import/test_inputs.h"

namespace quant_curve {
namespace {

// Version 0: width 4, MLP of 4, one layer, two heads that share keys, three
// tokens, four positions. 12 + 4 + 16 + 8 + 8 + 16 + 4 + 48 + 4 + 8 floats.
std::string WriteLlama2c() {
  const std::string path = MakeTestFolder() + "/model.bin";
  WriteTestFile(path,
                absl::StrCat(BytesOf(std::vector<int32_t>{4, 4, 1, 2, 1, 3, 4}),
                             BytesOf(std::vector<float>(128, 0.5f))));
  return path;
}

TEST(ImportModelTest, WithoutTokenizerTheTokensHaveNoText) {
  const std::string path = WriteLlama2c();
  ASSERT_OK_AND_ASSIGN(const ImportedModel model,
                       ImportModel(path, kNoTokenizer));
  EXPECT_EQ(model.tokenizer.tokens_size(), 3);
  EXPECT_EQ(model.tokenizer.bos_id(), 1);
  EXPECT_EQ(model.tokenizer.eos_id(), 2);
  EXPECT_EQ(model.checkpoint.tokenizer_sha256(),
            BpeTokenizerSha256(model.tokenizer));
  EXPECT_EQ(model.model_files, std::vector<std::string>{path});
  EXPECT_TRUE(model.tokenizer_files.empty());
  // Not trained here: any text is good for it.
  EXPECT_TRUE(model.checkpoint.corpus_sha256().empty());
  EXPECT_FALSE(model.checkpoint.has_training());
}

TEST(ImportModelTest, AFileOfLlama2cNeedsItsTokenizerNamed) {
  EXPECT_THAT(ImportModel(WriteLlama2c(), ""),
              FailsSaying("name its tokenizer.bin with --tokenizer"));
}

TEST(ImportModelTest, AFolderWithoutConfigIsRefused) {
  const std::string folder = MakeTestFolder();
  EXPECT_THAT(ImportModel(folder, ""), FailsSaying(folder + "/config.json"));
}

TEST(ImportModelTest, AMissingModelIsNamed) {
  EXPECT_THAT(ImportModel("/no/model.bin", kNoTokenizer),
              FailsSaying("/no/model.bin"));
}

}  // namespace
}  // namespace quant_curve
