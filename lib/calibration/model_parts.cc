#include "lib/calibration/model_parts.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/artifact/sha256.h"
#include "lib/artifact/status_macros.h"
#include "lib/model/streams.h"

namespace quant_curve {
namespace {

absl::Status Refuse(absl::string_view path, absl::string_view why) {
  return absl::InvalidArgumentError(
      absl::StrCat(path, ": ", why,
                   "; give the activations that the part before wrote with "
                   "the same flags"));
}

// `part` has the activations of the part before it, if there is one.
absl::Status CheckHasBefore(const ModelPart& part) {
  const bool needs_them = part.part.index() > 0;
  if ((part.before != nullptr) == needs_them) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("--activations: ", ShardText(part.part, "part"),
                   needs_them ? " needs what the part before wrote"
                              : " has no part before; leave them out"));
}

absl::StatusOr<std::vector<float>> ReadStream(
    const Tensor& stored, const std::vector<uint64_t>& shape,
    const Payload& payload) {
  RETURN_IF_ERROR(CheckShape(stored, shape));
  ASSIGN_OR_RETURN(const TensorView view, payload.View(stored));
  ASSIGN_OR_RETURN(std::vector<float> stream, ReadFloats(view));
  payload.Drop(stored);
  return stream;
}

// Copies what the part before handed on, after a check that it has these
// sequences and ends where this part begins.
absl::Status TakeStreams(const ModelPart& part, const ModelConfig& config,
                         size_t num_sequences, size_t sequence_length,
                         int64_t sets, ActivationStore& streams) {
  const ActivationStreams& message = part.before->message;
  if (message.num_sequences() != num_sequences ||
      message.sequence_length() != sequence_length ||
      message.streams_size() != static_cast<int>(sets * num_sequences)) {
    return Refuse(
        part.before_path,
        absl::StrCat("activations of ", message.num_sequences(),
                     " sequences of ", message.sequence_length(), " tokens in ",
                     message.streams_size(), " streams, expected ",
                     num_sequences, " of ", sequence_length, " in ",
                     sets * num_sequences, " streams"));
  }
  const int64_t first = BlocksOfPart(part.part, config.num_layers()).first;
  if (message.next_block() != first) {
    return Refuse(part.before_path, absl::StrCat("activations before block ",
                                                 message.next_block(), ", ",
                                                 ShardText(part.part, "part"),
                                                 " begins with block ", first));
  }
  for (int i = 0; i < message.streams_size(); ++i) {
    absl::StatusOr<std::vector<float>> stream =
        ReadStream(message.streams(i), {sequence_length, config.d_model()},
                   part.before->payload);
    if (!stream.ok()) {
      return Refuse(part.before_path, stream.status().message());
    }
    RETURN_IF_ERROR(streams.Put(i, *std::move(stream)));
  }
  return absl::OkStatus();
}

// A file may say anything; a message stays readable.
std::string Shortened(const std::string& text) {
  constexpr size_t kMaxBytes = 600;
  return text.size() <= kMaxBytes
             ? text
             : absl::StrCat(text.substr(0, kMaxBytes), "...");
}

std::string DigestText(const std::string& sha256) {
  return sha256.empty() ? "none" : HexDigest(sha256);
}

std::string SchemeText(const ActivationStreams& streams) {
  return streams.has_scheme()
             ? absl::StrCat("{", streams.scheme().ShortDebugString(), "}")
             : "none";
}

// A property that all parts of a run share, as messages show it.
struct Property {
  const char* name;
  std::string value;
};

std::vector<Property> PropertiesOf(const ActivationStreams& streams) {
  return {{"checkpoint", DigestText(streams.checkpoint_sha256())},
          {"corpus", DigestText(streams.corpus_sha256())},
          {"number of sequences", absl::StrCat(streams.num_sequences())},
          {"sequence length", absl::StrCat(streams.sequence_length())},
          {"sequences_begin_with_document",
           streams.sequences_begin_with_document() ? "true" : "false"},
          {"scheme", SchemeText(streams)},
          {"calibration", DigestText(streams.calibration_sha256())}};
}

}  // namespace

ShardRange BlocksOfPart(const Shard& part, int64_t num_layers) {
  return RangeOf(part, num_layers);
}

absl::StatusOr<Model> BeginStreams(
    const ModelReader& reader,
    const std::vector<std::vector<uint32_t>>& sequences, const ModelPart& part,
    absl::optional<ActivationStore>& streams, int64_t sets) {
  RETURN_IF_ERROR(ValidateShard(part.part));
  RETURN_IF_ERROR(CheckHasBefore(part));
  const size_t length = sequences[0].size();
  ASSIGN_OR_RETURN(
      streams, MakeStreams(reader.config(), sets * sequences.size(), length));
  if (part.before == nullptr) {
    std::vector<std::vector<uint32_t>> all;
    for (int64_t set = 0; set < sets; ++set) {
      all.insert(all.end(), sequences.begin(), sequences.end());
    }
    return EmbedSequences(reader, all, *streams);
  }
  RETURN_IF_ERROR(TakeStreams(part, reader.config(), sequences.size(), length,
                              sets, *streams));
  return reader.ReadEnds(Vocabulary::kNone);
}

int64_t StreamSets(const Scheme& scheme) {
  return scheme.gptq().least_squares_target() ? 2 : 1;
}

absl::Status CheckStreamsOf(const ActivationStreams& run,
                            const ActivationStreams& before,
                            absl::string_view path) {
  const std::vector<Property> expected = PropertiesOf(run);
  const std::vector<Property> found = PropertiesOf(before);
  for (size_t i = 0; i < expected.size(); ++i) {
    if (found[i].value == expected[i].value) continue;
    return Refuse(
        path,
        absl::StrCat("its ", found[i].name, " is ", Shortened(found[i].value),
                     ", this run's is ", Shortened(expected[i].value)));
  }
  return absl::OkStatus();
}

absl::Status HandOn(const Shard& part, const ModelConfig& config,
                    ActivationStore& streams, ActivationStreams& handed_on,
                    TensorSink keep) {
  handed_on.set_next_block(BlocksOfPart(part, config.num_layers()).end);
  const uint64_t count =
      StreamSets(handed_on.scheme()) * handed_on.num_sequences();
  for (uint64_t i = 0; i < count; ++i) {
    ASSIGN_OR_RETURN(const std::vector<float> stream, streams.Take(i));
    Tensor& tensor = *handed_on.add_streams();
    tensor =
        MakeFloat32(absl::StrCat("stream.", i),
                    {handed_on.sequence_length(), config.d_model()}, stream);
    RETURN_IF_ERROR(keep(tensor));
  }
  return absl::OkStatus();
}

}  // namespace quant_curve
