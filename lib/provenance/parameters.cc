#include "lib/provenance/parameters.h"

#include <set>
#include <vector>

#include "absl/strings/str_cat.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/descriptor.pb.h"
#include "lib/artifact/sha256.h"
#include "lib/provenance/manifest.h"

namespace quant_curve {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptor;
using google::protobuf::Message;
using Parameters = std::map<std::string, std::string>;

// The top-level fields that are settings.
std::vector<absl::string_view> SettingsOf(ArtifactKind kind) {
  switch (kind) {
    case CORPUS:
      return {"seed", "train", "calibration", "evaluation"};
    case CHECKPOINT:
      return {"config", "training", "part"};
    case CALIBRATION:
      return {"num_sequences",
              "sequence_length",
              "sequences_begin_with_document",
              "histogram_sequences",
              "sequences_per_block",
              "shard",
              "part"};
    case ACTIVATIONS:
      return {"num_sequences", "sequence_length",
              "sequences_begin_with_document", "next_block", "scheme"};
    case QUANTIZED_MODEL:
    case MEASUREMENT:
      return {"scheme", "shard"};
    default:
      return {};
  }
}

std::string ScalarText(const Message& message, const FieldDescriptor& field) {
  const auto& reflection = *message.GetReflection();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return absl::StrCat(reflection.GetInt32(message, &field));
    case FieldDescriptor::CPPTYPE_INT64:
      return absl::StrCat(reflection.GetInt64(message, &field));
    case FieldDescriptor::CPPTYPE_UINT32:
      return absl::StrCat(reflection.GetUInt32(message, &field));
    case FieldDescriptor::CPPTYPE_UINT64:
      return absl::StrCat(reflection.GetUInt64(message, &field));
    case FieldDescriptor::CPPTYPE_FLOAT:
      return HexFloat(reflection.GetFloat(message, &field));
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return HexFloat(reflection.GetDouble(message, &field));
    case FieldDescriptor::CPPTYPE_BOOL:
      return reflection.GetBool(message, &field) ? "true" : "false";
    case FieldDescriptor::CPPTYPE_ENUM:
      return std::string(reflection.GetEnum(message, &field)->name());
    default:
      return reflection.GetString(message, &field);
  }
}

// A character per value: 1 for true.
std::string BitsText(const Message& message, const FieldDescriptor& field) {
  const auto& reflection = *message.GetReflection();
  std::string bits;
  for (int i = 0; i < reflection.FieldSize(message, &field); ++i) {
    bits += reflection.GetRepeatedBool(message, &field, i) ? '1' : '0';
  }
  return bits;
}

// Adds a singular field and what lies below it, or a list of flags, such as one
// per layer; other lists and raw bytes are contents, not settings.
void AddField(const Message& message, const FieldDescriptor& field,
              const std::string& name, Parameters& parameters) {
  if (field.is_repeated() && field.type() == FieldDescriptor::TYPE_BOOL) {
    parameters[name] = BitsText(message, field);
    return;
  }
  if (field.is_repeated() || field.type() == FieldDescriptor::TYPE_BYTES) {
    return;
  }
  if (field.cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) {
    parameters[name] = ScalarText(message, field);
    return;
  }
  const auto& reflection = *message.GetReflection();
  if (!reflection.HasField(message, &field)) return;
  const Message& inner = reflection.GetMessage(message, &field);
  const Descriptor& descriptor = *inner.GetDescriptor();
  for (int i = 0; i < descriptor.field_count(); ++i) {
    AddField(inner, *descriptor.field(i),
             absl::StrCat(name, ".", descriptor.field(i)->name()), parameters);
  }
}

void AddFile(const FileDescriptor& file, std::set<std::string>& seen,
             google::protobuf::FileDescriptorSet& set) {
  if (!seen.insert(file.name()).second) return;
  for (int i = 0; i < file.dependency_count(); ++i) {
    AddFile(*file.dependency(i), seen, set);
  }
  google::protobuf::FileDescriptorProto& copy = *set.add_file();
  file.CopyTo(&copy);
  file.CopyJsonNameTo(&copy);
}

}  // namespace

Parameters ArtifactParameters(ArtifactKind kind, const Message& message) {
  Parameters parameters;
  const Descriptor& descriptor = *message.GetDescriptor();
  for (const absl::string_view name : SettingsOf(kind)) {
    const FieldDescriptor* field =
        descriptor.FindFieldByName(std::string(name));
    if (field == nullptr) continue;
    AddField(message, *field, field->name(), parameters);
  }
  return parameters;
}

std::string SchemaSha256(const Descriptor& descriptor) {
  google::protobuf::FileDescriptorSet set;
  std::set<std::string> seen;
  AddFile(*descriptor.file(), seen, set);
  return Sha256(set.SerializeAsString());
}

}  // namespace quant_curve
