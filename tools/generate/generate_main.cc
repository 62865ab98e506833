// Lets a quantized model talk: greedy decoding from its packed weights.
//
//   bazel run //tools/generate -- --model=/tmp/int4.qca \
//       --corpus=/tmp/corpus.qca --prompt="last week the"
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "lib/artifact/artifact.h"
#include "lib/artifact/status_macros.h"
#include "lib/cli/printable.h"
#include "lib/cli/threads_flag.h"
#include "lib/cli/tool_main.h"
#include "lib/data/corpus_reader.h"
#include "lib/data/model_corpus.h"
#include "lib/data/tokenizer.h"
#include "lib/model/model_reader.h"
#include "lib/numerics/parallel.h"
#include "lib/quantization/quantized_model.h"
#include "lib/text/bpe_codec.h"
#include "lib/text/bpe_tokenizer.h"
#include "tools/generate/generate.h"

ABSL_FLAG(std::string, model, "", "quantized model artifact");
ABSL_FLAG(std::string, corpus, "", "corpus artifact that holds its tokenizer");
ABSL_FLAG(std::string, tokenizer, "",
          "tokenizer artifact of an imported model, instead of a corpus");
ABSL_FLAG(std::string, prompt, "",
          "how the text begins, after the begin token; may be empty if the "
          "model has one");
ABSL_FLAG(int, sentences, 1,
          "of the verb corpus: stop after this many sentences");

namespace quant_curve {
namespace {

using Ids = std::vector<uint32_t>;

// How the text starts and ends, and both ways between ids and text.
struct Voice {
  GenerationEnds ends;
  std::function<absl::StatusOr<Ids>(absl::string_view)> encode;
  std::function<absl::StatusOr<std::string>(absl::Span<const uint32_t>)> decode;
};

absl::StatusOr<Voice> VoiceOf(const Tokenizer& tokenizer) {
  Voice voice;
  const uint32_t separator = tokenizer.separator_id();
  voice.ends = {separator, separator, absl::GetFlag(FLAGS_sentences)};
  voice.ends.num_tokens = tokenizer.tokens_size();
  voice.encode = [&](absl::string_view text) {
    return Encode(tokenizer, text);
  };
  voice.decode = [&](absl::Span<const uint32_t> ids) {
    return Decode(tokenizer, ids);
  };
  return voice;
}

absl::StatusOr<Voice> VoiceOf(const BpeTokenizer& tokenizer) {
  ASSIGN_OR_RETURN(BpeCodec made, BpeCodec::Create(tokenizer));
  const auto codec = std::make_shared<const BpeCodec>(std::move(made));
  Voice voice;
  if (tokenizer.has_bos_id()) voice.ends.start_id = tokenizer.bos_id();
  if (tokenizer.has_eos_id()) voice.ends.end_id = tokenizer.eos_id();
  voice.ends.num_tokens = tokenizer.tokens_size();
  voice.encode = [codec](absl::string_view text) {
    absl::StatusOr<Ids> ids = codec->Encode(text);
    if (ids.ok()) DropBegin(codec->tokenizer(), *ids);
    return ids;
  };
  const absl::optional<uint32_t> end = voice.ends.end_id;
  voice.decode = [codec, end](absl::Span<const uint32_t> ids) {
    if (!ids.empty() && end == ids.back()) ids.remove_suffix(1);
    return codec->Decode(ids);
  };
  return voice;
}

absl::Status CheckTokenizer(absl::string_view sha256,
                            const std::string& tokenizer_path,
                            const QuantizedModel& model,
                            const std::string& model_path) {
  if (sha256 == model.tokenizer_sha256()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      tokenizer_path, " and ", model_path,
      ": their tokenizers differ (other digests); use the tokenizer that was "
      "imported with the model"));
}

absl::Status Generate(const Artifact<QuantizedModel>& artifact,
                      const Voice& voice) {
  const QuantizedModel& quantized = artifact.message;
  ASSIGN_OR_RETURN(const Ids prompt, voice.encode(absl::GetFlag(FLAGS_prompt)));
  for (const uint32_t id : prompt) {
    if (id < quantized.config().vocab_size()) continue;
    return absl::InvalidArgumentError(absl::StrCat(
        "--prompt: token ", id,
        ": must be less than vocab_size=", quantized.config().vocab_size()));
  }
  const std::unique_ptr<ThreadPool> threads = PoolFromFlag();
  ASSIGN_OR_RETURN(
      const Model model,
      ModelFromQuantized(quantized, artifact.payload, threads.get()));
  ASSIGN_OR_RETURN(const Ids ids,
                   GenerateGreedily(model, prompt, voice.ends, *threads));
  ASSIGN_OR_RETURN(const std::string text, voice.decode(ids));
  absl::PrintF("%s\n", PrintableLines(text));
  return absl::OkStatus();
}

absl::Status Run() {
  const std::string model_path = absl::GetFlag(FLAGS_model);
  const std::string corpus_path = absl::GetFlag(FLAGS_corpus);
  const std::string tokenizer_path = absl::GetFlag(FLAGS_tokenizer);
  RETURN_IF_ERROR(RequireFlag("model", model_path));
  if (corpus_path.empty() == tokenizer_path.empty()) {
    return UsageError(
        "--corpus and --tokenizer: give exactly one; a model that was trained "
        "here has its tokenizer in the corpus");
  }
  const int sentences = absl::GetFlag(FLAGS_sentences);
  if (sentences < 1) {
    return UsageError(
        absl::StrCat("--sentences=", sentences, ": must be >= 1"));
  }
  ASSIGN_OR_RETURN(const Artifact<QuantizedModel> model,
                   ReadQuantizedModel(model_path));
  if (!tokenizer_path.empty()) {
    ASSIGN_OR_RETURN(const Artifact<BpeTokenizer> tokenizer,
                     ReadArtifact<BpeTokenizer>(tokenizer_path));
    ASSIGN_OR_RETURN(const Voice voice, VoiceOf(tokenizer.message));
    RETURN_IF_ERROR(CheckTokenizer(BpeTokenizerSha256(tokenizer.message),
                                   tokenizer_path, model.message, model_path));
    return Generate(model, voice);
  }
  ASSIGN_OR_RETURN(const Artifact<Corpus> corpus, ReadCorpus(corpus_path));
  RETURN_IF_ERROR(
      CheckBelongTogether(corpus, corpus_path, model.message.tokenizer_sha256(),
                          model.message.corpus_sha256(), model_path));
  ASSIGN_OR_RETURN(const Voice voice,
                   corpus.message.has_bpe_tokenizer()
                       ? VoiceOf(corpus.message.bpe_tokenizer())
                       : VoiceOf(corpus.message.tokenizer()));
  return Generate(model, voice);
}

}  // namespace
}  // namespace quant_curve

int main(int argc, char** argv) {
  return quant_curve::ToolMain(
      "generate", argc, argv,
      "Continues a prompt by greedy decoding from a quantized model.\n"
      "Control characters other than line feed and tab, and bytes that are not "
      "UTF-8, are printed as escapes (\\x1b).\n"
      "Example:\n"
      "  generate --model=/tmp/int4.qca --corpus=/tmp/corpus.qca "
      "--prompt=\"last week the\"",
      quant_curve::Run);
}
