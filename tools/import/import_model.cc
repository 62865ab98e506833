#include "tools/import/import_model.h"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "lib/artifact/status_macros.h"
#include "lib/text/bpe_tokenizer.h"
#include "tools/import/hugging_face_config.h"
#include "tools/import/hugging_face_model.h"
#include "tools/import/llama2c_model.h"
#include "tools/import/llama2c_tokenizer.h"
#include "tools/import/tokenizer_json.h"

namespace quant_curve {
namespace {

// llama2.c's begin and end (run.c).
constexpr uint32_t kLlama2cBos = 1;
constexpr uint32_t kLlama2cEos = 2;

BpeTokenizer TokensWithoutText(uint32_t vocab_size,
                               absl::optional<uint32_t> bos_id,
                               absl::optional<uint32_t> eos_id) {
  BpeTokenizer tokenizer;
  tokenizer.set_kind(BYTE_LEVEL);
  tokenizer.set_prefix_space(PREFIX_NONE);
  for (uint32_t id = 0; id < vocab_size; ++id) {
    tokenizer.add_tokens();
    tokenizer.add_types(TOKEN_UNUSED);
  }
  if (bos_id.has_value()) tokenizer.set_bos_id(*bos_id);
  if (eos_id.has_value()) tokenizer.set_eos_id(*eos_id);
  return tokenizer;
}

// config.json and every file of weights, in order.
absl::StatusOr<std::vector<std::string>> ModelFilesIn(
    const std::string& folder) {
  std::vector<std::string> files = {absl::StrCat(folder, "/config.json")};
  std::error_code error;
  std::filesystem::directory_iterator entries(folder, error), end;
  for (; !error && entries != end; entries.increment(error)) {
    const std::string path = entries->path().string();
    if (absl::EndsWith(path, ".safetensors") ||
        absl::EndsWith(path, ".safetensors.index.json")) {
      files.push_back(path);
    }
  }
  if (error) {
    return absl::InvalidArgumentError(
        absl::StrCat(folder, ": cannot be listed: ", error.message()));
  }
  std::sort(files.begin(), files.end());
  return files;
}

absl::StatusOr<ImportedModel> ImportFolder(const std::string& folder,
                                           const std::string& tokenizer) {
  ImportedModel model;
  ASSIGN_OR_RETURN(const HuggingFaceConfig config,
                   ReadHuggingFaceConfig(absl::StrCat(folder, "/config.json")));
  if (tokenizer == kNoTokenizer) {
    model.tokenizer = TokensWithoutText(config.model.vocab_size(),
                                        config.bos_id, config.eos_id);
  } else {
    const std::string path =
        tokenizer.empty() ? absl::StrCat(folder, "/tokenizer.json") : tokenizer;
    ASSIGN_OR_RETURN(model.tokenizer,
                     ReadTokenizerJson(path, config.bos_id, config.eos_id));
    model.tokenizer_files = {path};
  }
  ASSIGN_OR_RETURN(model.checkpoint, ReadHuggingFaceModel(folder, config));
  ASSIGN_OR_RETURN(model.model_files, ModelFilesIn(folder));
  return model;
}

absl::StatusOr<ImportedModel> ImportLlama2c(const std::string& path,
                                            const std::string& tokenizer) {
  if (tokenizer.empty()) {
    return absl::InvalidArgumentError(absl::StrCat(
        path,
        ": a file of llama2.c has no tokenizer beside it: name its "
        "tokenizer.bin with --tokenizer, or --tokenizer=",
        kNoTokenizer));
  }
  ImportedModel model;
  ASSIGN_OR_RETURN(model.checkpoint, ReadLlama2cModel(path));
  model.model_files = {path};
  const uint32_t vocab_size = model.checkpoint.config().vocab_size();
  if (tokenizer == kNoTokenizer) {
    model.tokenizer = TokensWithoutText(vocab_size, kLlama2cBos, kLlama2cEos);
    return model;
  }
  ASSIGN_OR_RETURN(model.tokenizer,
                   ReadLlama2cTokenizer(tokenizer, vocab_size));
  model.tokenizer_files = {tokenizer};
  return model;
}

}  // namespace

absl::StatusOr<ImportedModel> ImportModel(const std::string& model,
                                          const std::string& tokenizer) {
  std::error_code error;
  const bool is_folder = std::filesystem::is_directory(model, error);
  ASSIGN_OR_RETURN(ImportedModel imported,
                   is_folder ? ImportFolder(model, tokenizer)
                             : ImportLlama2c(model, tokenizer));
  const absl::Status valid = ValidateBpeTokenizer(imported.tokenizer);
  if (!valid.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat(model, ": tokenizer: ", valid.message()));
  }
  const uint32_t rows = imported.checkpoint.config().vocab_size();
  const uint32_t tokens = imported.tokenizer.tokens_size();
  if (tokens > rows) {
    return absl::InvalidArgumentError(
        absl::StrCat(model, ": the tokenizer has ", tokens,
                     " tokens, the model's vocab_size is ", rows,
                     ": they belong to different models"));
  }
  imported.checkpoint.set_tokenizer_sha256(
      BpeTokenizerSha256(imported.tokenizer));
  return imported;
}

}  // namespace quant_curve
