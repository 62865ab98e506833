#include "tools/import/import_model.h"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <map>
#include <system_error>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "lib/artifact/file.h"
#include "lib/artifact/replacement.h"
#include "lib/artifact/status_macros.h"
#include "lib/json/json.h"
#include "lib/text/bpe_tokenizer.h"
#include "tools/import/gguf_config.h"
#include "tools/import/gguf_file.h"
#include "tools/import/gguf_model.h"
#include "tools/import/gguf_tokenizer.h"
#include "tools/import/hugging_face_config.h"
#include "tools/import/hugging_face_model.h"
#include "tools/import/input_file.h"
#include "tools/import/llama2c_model.h"
#include "tools/import/llama2c_tokenizer.h"
#include "tools/import/special_tokens.h"
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

// The state of files before they are read. Weights are read piece by piece:
// when the state is the same afterwards, the digest is of what was read.
class Watch {
 public:
  void Add(const std::string& path) {
    const auto identity = IdentityOf(path);
    if (identity.ok()) before_[path] = *identity;
  }
  // Every file there.
  void AddFolder(const std::string& folder) {
    std::error_code error;
    std::filesystem::directory_iterator entries(folder, error), end;
    for (; !error && entries != end; entries.increment(error)) {
      Add(absl::StrCat(folder, "/", entries->path().filename().string()));
    }
  }

  absl::StatusOr<std::vector<ImportedFile>> Digests(
      std::vector<std::string> paths) const {
    std::sort(paths.begin(), paths.end());
    std::vector<ImportedFile> files;
    for (const std::string& path : paths) {
      const auto before = before_.find(path);
      if (before == before_.end()) {
        return absl::AbortedError(absl::StrCat(
            path, ": appeared while the model was read; import it again"));
      }
      ASSIGN_OR_RETURN(std::string sha256,
                       Sha256OfUnchanged(path, before->second));
      files.push_back({path, std::move(sha256)});
    }
    return files;
  }

 private:
  std::map<std::string, FileIdentity> before_;
};

// Paths of what was read.
struct ReadPaths {
  std::vector<std::string> model;
  std::vector<std::string> tokenizer;
};

// What the files next to config.json and tokenizer.json say of the begin and
// the end token.
absl::StatusOr<SpecialTokens> ReadSpecialTokens(const HuggingFaceConfig& config,
                                                const std::string& folder,
                                                const std::string& tokenizer,
                                                ReadPaths& paths) {
  SpecialTokens special;
  const std::string path = absl::StrCat(folder, "/config.json");
  if (!config.bos_ids.empty()) {
    special.begin.push_back({path + ": bos_token_id", config.bos_ids, ""});
  }
  if (!config.eos_ids.empty()) {
    special.end.push_back({path + ": eos_token_id", config.eos_ids, ""});
  }
  const std::string generation =
      absl::StrCat(folder, "/generation_config.json");
  ASSIGN_OR_RETURN(const bool read, ReadGenerationConfig(generation, special));
  if (read) paths.model.push_back(generation);
  if (tokenizer == kNoTokenizer) return special;
  for (const char* name :
       {"special_tokens_map.json", "tokenizer_config.json"}) {
    const std::string file = absl::StrCat(DirectoryOf(tokenizer), "/", name);
    ASSIGN_OR_RETURN(const bool found, ReadTokenizerConfig(file, special));
    if (found) paths.tokenizer.push_back(file);
  }
  return special;
}

absl::Status CheckNoAdapter(const std::string& folder) {
  const std::string adapter = absl::StrCat(folder, "/adapter_config.json");
  std::error_code error;
  if (!std::filesystem::exists(adapter, error)) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      adapter,
      ": the model has an adapter (LoRA), which is not read: merge it into the "
      "weights and remove this file"));
}

absl::StatusOr<BpeTokenizer> TokensOnly(uint32_t vocab_size,
                                        const SpecialTokens& special) {
  ASSIGN_OR_RETURN(const absl::optional<uint32_t> bos_id,
                   AgreedToken(special.begin, nullptr));
  ASSIGN_OR_RETURN(const absl::optional<uint32_t> eos_id,
                   AgreedToken(special.end, nullptr));
  return TokensWithoutText(vocab_size, bos_id, eos_id);
}

absl::Status CheckRows(const std::string& model, const BpeTokenizer& tokenizer,
                       uint32_t rows) {
  const uint32_t tokens = tokenizer.tokens_size();
  if (tokens <= rows) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(model, ": the tokenizer has ", tokens,
                   " tokens, the model's vocab_size is ", rows,
                   ": they belong to different models"));
}

// What a user should know of a model without a begin token.
std::string NoteOfBegin(const BpeTokenizer& tokenizer,
                        const std::string& folder) {
  if (tokenizer.has_bos_id()) return "";
  return absl::StrCat(
      folder,
      ": no begin token: documents start without one, and the first token of "
      "each is not scored. If the model was trained with one, name it in "
      "bos_token_id of config.json, and not null in bos_token of "
      "tokenizer_config.json");
}

// Drops ids from `first` on of an ascending list.
void DropIds(uint32_t first, google::protobuf::RepeatedField<uint32_t>& ids) {
  while (!ids.empty() && ids[ids.size() - 1] >= first) ids.RemoveLast();
}

// Gemma 3's tokenizer ends with a token for images, for which the models of
// text have no row. Leaves out such added tokens, and returns what to say about
// it.
std::string DropTokensWithoutRow(uint32_t rows, BpeTokenizer& tokenizer) {
  constexpr int kMaxDropped = 64;
  const int size = tokenizer.tokens_size();
  int kept = size;
  while (kept > static_cast<int>(rows) && size - kept < kMaxDropped &&
         IsMatchedInText(tokenizer.types(kept - 1))) {
    --kept;
  }
  const uint32_t first = static_cast<uint32_t>(kept);
  const bool ends =
      (tokenizer.has_bos_id() && tokenizer.bos_id() >= first) ||
      (tokenizer.has_eos_id() && tokenizer.eos_id() >= first) ||
      (tokenizer.has_unknown_id() && tokenizer.unknown_id() >= first);
  if (kept == size || kept > static_cast<int>(rows) || ends) return "";
  const std::string note = absl::StrCat(
      "left out ", size - kept, " added tokens from id ", kept, ", ",
      Excerpt(tokenizer.tokens(kept)),
      ", on: the model has no row for them, and in a text they are ordinary "
      "text");
  tokenizer.mutable_tokens()->DeleteSubrange(kept, size - kept);
  tokenizer.mutable_types()->Truncate(kept);
  DropIds(first, *tokenizer.mutable_normalized_ids());
  DropIds(first, *tokenizer.mutable_lstrip_ids());
  DropIds(first, *tokenizer.mutable_rstrip_ids());
  DropIds(first, *tokenizer.mutable_single_word_ids());
  return note;
}

absl::StatusOr<ImportedModel> ImportFolder(const std::string& folder,
                                           const std::string& tokenizer,
                                           CheckpointSink keep,
                                           ProgressSink progress) {
  const std::string config_path = absl::StrCat(folder, "/config.json");
  const std::string path =
      tokenizer.empty() ? absl::StrCat(folder, "/tokenizer.json") : tokenizer;
  Watch watch;
  watch.AddFolder(folder);
  if (path != kNoTokenizer) {
    watch.AddFolder(DirectoryOf(path));
    watch.Add(path);
  }
  ASSIGN_OR_RETURN(const HuggingFaceConfig config,
                   ReadHuggingFaceConfig(config_path));
  RETURN_IF_ERROR(CheckNoAdapter(folder));
  ImportedModel model;
  ReadPaths paths;
  paths.model = {config_path};
  ASSIGN_OR_RETURN(const SpecialTokens special,
                   ReadSpecialTokens(config, folder, path, paths));
  if (path == kNoTokenizer) {
    ASSIGN_OR_RETURN(model.tokenizer,
                     TokensOnly(config.model.vocab_size(), special));
  } else {
    ASSIGN_OR_RETURN(model.tokenizer, ReadTokenizerJson(path, special));
    paths.tokenizer.push_back(path);
    const std::string dropped =
        DropTokensWithoutRow(config.model.vocab_size(), model.tokenizer);
    if (!dropped.empty()) model.note = absl::StrCat(path, ": ", dropped);
  }
  RETURN_IF_ERROR(
      CheckRows(folder, model.tokenizer, config.model.vocab_size()));
  const std::string begin = NoteOfBegin(model.tokenizer, folder);
  absl::StrAppend(&model.note, model.note.empty() || begin.empty() ? "" : "\n",
                  begin);
  std::vector<std::string> weights;
  ASSIGN_OR_RETURN(model.checkpoint, ReadHuggingFaceModel(folder, config, keep,
                                                          &weights, progress));
  paths.model.insert(paths.model.end(), weights.begin(), weights.end());
  ASSIGN_OR_RETURN(model.model_files, watch.Digests(paths.model));
  ASSIGN_OR_RETURN(model.tokenizer_files, watch.Digests(paths.tokenizer));
  return model;
}

absl::StatusOr<bool> IsGguf(const std::string& path) {
  constexpr uint64_t kMagicBytes = 4;
  ASSIGN_OR_RETURN(const InputFile file, InputFile::Open(path));
  if (file.size_bytes() < kMagicBytes) return false;
  ASSIGN_OR_RETURN(const std::string magic, file.ReadString(0, kMagicBytes));
  return magic == "GGUF";
}

// The file's own tokenizer, or that of --tokenizer with the file's begin and
// end tokens.
absl::StatusOr<BpeTokenizer> TokenizerOfGguf(const GgufFile& file,
                                             const std::string& tokenizer,
                                             uint32_t vocab_size) {
  if (tokenizer.empty()) return ReadGgufTokenizer(file);
  ASSIGN_OR_RETURN(const GgufSpecialTokens ids, ReadGgufSpecialTokens(file));
  if (tokenizer == kNoTokenizer) {
    return TokensWithoutText(vocab_size, ids.bos_id, ids.eos_id);
  }
  SpecialTokens special;
  const std::string where = absl::StrCat(file.path(), ": tokenizer.ggml.");
  if (ids.bos_id.has_value()) {
    special.begin.push_back({where + "bos_token_id", {*ids.bos_id}, ""});
  }
  if (ids.eos_id.has_value()) {
    special.end.push_back({where + "eos_token_id", {*ids.eos_id}, ""});
  }
  return ReadTokenizerJson(tokenizer, special);
}

absl::StatusOr<ImportedModel> ImportGguf(const std::string& path,
                                         const std::string& tokenizer,
                                         CheckpointSink keep,
                                         ProgressSink progress) {
  Watch watch;
  watch.Add(path);
  const bool has_file = !tokenizer.empty() && tokenizer != kNoTokenizer;
  if (has_file) watch.Add(tokenizer);
  ASSIGN_OR_RETURN(const GgufFile file, GgufFile::Open(path));
  ASSIGN_OR_RETURN(const ModelConfig config, ReadGgufConfig(file));
  ImportedModel model;
  ASSIGN_OR_RETURN(model.tokenizer,
                   TokenizerOfGguf(file, tokenizer, config.vocab_size()));
  RETURN_IF_ERROR(CheckRows(path, model.tokenizer, config.vocab_size()));
  ASSIGN_OR_RETURN(model.checkpoint,
                   ReadGgufModel(file, config, keep, progress));
  ASSIGN_OR_RETURN(model.model_files, watch.Digests({path}));
  if (has_file) {
    ASSIGN_OR_RETURN(model.tokenizer_files, watch.Digests({tokenizer}));
  }
  return model;
}

absl::StatusOr<ImportedModel> ImportLlama2c(const std::string& path,
                                            const std::string& tokenizer,
                                            CheckpointSink keep,
                                            ProgressSink progress) {
  RETURN_IF_ERROR(CheckLlama2cModel(path));
  if (tokenizer.empty()) {
    return absl::InvalidArgumentError(absl::StrCat(
        path,
        ": is a file of llama2.c, whose tokenizer is a file of its own: name "
        "that tokenizer.bin with --tokenizer, or say --tokenizer=",
        kNoTokenizer, " if texts come as token ids"));
  }
  ImportedModel model;
  Watch watch;
  watch.Add(path);
  watch.Add(tokenizer);
  ASSIGN_OR_RETURN(model.checkpoint, ReadLlama2cModel(path, keep, progress));
  ASSIGN_OR_RETURN(model.model_files, watch.Digests({path}));
  const uint32_t vocab_size = model.checkpoint.config().vocab_size();
  if (tokenizer == kNoTokenizer) {
    model.tokenizer = TokensWithoutText(vocab_size, kLlama2cBos, kLlama2cEos);
    return model;
  }
  ASSIGN_OR_RETURN(model.tokenizer,
                   ReadLlama2cTokenizer(tokenizer, vocab_size));
  ASSIGN_OR_RETURN(model.tokenizer_files, watch.Digests({tokenizer}));
  return model;
}

}  // namespace

absl::StatusOr<ImportedModel> ImportModel(const std::string& model,
                                          const std::string& tokenizer,
                                          CheckpointSink keep,
                                          ProgressSink progress) {
  std::error_code error;
  if (!std::filesystem::exists(model, error)) {
    return absl::NotFoundError(absl::StrCat(
        model,
        ": not found: --model names the folder of a Hugging Face model, a "
        "GGUF file or a file of llama2.c"));
  }
  const bool is_folder = std::filesystem::is_directory(model, error);
  bool is_gguf = false;
  if (!is_folder) {
    ASSIGN_OR_RETURN(is_gguf, IsGguf(model));
  }
  const auto import = is_folder ? ImportFolder
                      : is_gguf ? ImportGguf
                                : ImportLlama2c;
  ASSIGN_OR_RETURN(ImportedModel imported,
                   import(model, tokenizer, keep, progress));
  const absl::Status valid = ValidateBpeTokenizer(imported.tokenizer);
  if (!valid.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat(model, ": tokenizer: ", valid.message()));
  }
  RETURN_IF_ERROR(CheckRows(model, imported.tokenizer,
                            imported.checkpoint.config().vocab_size()));
  imported.checkpoint.set_tokenizer_sha256(
      BpeTokenizerSha256(imported.tokenizer));
  return imported;
}

}  // namespace quant_curve
