#include "tools/import/gguf_file.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "lib/artifact/status_macros.h"
#include "lib/json/json.h"

namespace quant_curve {
namespace {

constexpr uint64_t kDefaultAlignment = 32;
constexpr uint64_t kMaxAlignment = 1 << 16;
constexpr uint64_t kMaxKeyBytes = (1 << 16) - 1;  // the format's bound
constexpr uint64_t kMaxNameBytes = 64;            // the format's bound
constexpr uint32_t kMaxRank = 4;                  // ggml's
// Far more than any model has; each takes some 200 bytes of memory.
constexpr uint64_t kMaxPairs = 1 << 16;
constexpr uint64_t kMaxTensors = 1 << 18;
// The shortest pair: one byte of key, one of value. The shortest tensor: one
// byte of name, one extent.
constexpr uint64_t kLeastPairBytes = 8 + 1 + 4 + 1;
constexpr uint64_t kLeastTensorBytes = 8 + 1 + 4 + 8 + 4 + 8;

// ggml's names of its tensor types; empty for numbers that it does not use.
std::string TypeName(uint32_t type) {
  static constexpr absl::string_view kNames[] = {
      "F32",   "F16",   "Q4_0",    "Q4_1",   "",        "",      "Q5_0",
      "Q5_1",  "Q8_0",  "Q8_1",    "Q2_K",   "Q3_K",    "Q4_K",  "Q5_K",
      "Q6_K",  "Q8_K",  "IQ2_XXS", "IQ2_XS", "IQ3_XXS", "IQ1_S", "IQ4_NL",
      "IQ3_S", "IQ2_S", "IQ4_XS",  "I8",     "I16",     "I32",   "I64",
      "F64",   "IQ1_M", "BF16",    "",       "",        "",      "TQ1_0",
      "TQ2_0", "",      "",        "",       "MXFP4"};
  if (type < std::size(kNames) && !kNames[type].empty()) {
    return std::string(kNames[type]);
  }
  return absl::StrCat("unknown type ", type);
}

DType DTypeOf(uint32_t type) {
  if (type == 0) return FLOAT32;
  if (type == 1) return FLOAT16;
  return type == 30 ? BFLOAT16 : DTYPE_UNSPECIFIED;
}

struct Counts {
  uint64_t tensors;
  uint64_t pairs;
};

absl::StatusOr<Counts> TakeCounts(GgufCursor& cursor) {
  ASSIGN_OR_RETURN(const absl::string_view magic, cursor.Bytes(4, "magic"));
  if (magic != "GGUF") return cursor.Refuse("not a GGUF file");
  ASSIGN_OR_RETURN(const uint32_t version, cursor.Take<uint32_t>("version"));
  if (version != 0 && (version & 0xffff) == 0) {
    return cursor.Refuse(
        "a big-endian GGUF file: only little-endian ones are read");
  }
  if (version != 2 && version != 3) {
    return cursor.Refuse(absl::StrCat(
        "version ", version,
        " of GGUF: only 2 and 3 are read; convert the model again"));
  }
  Counts counts;
  ASSIGN_OR_RETURN(counts.tensors, cursor.Take<uint64_t>("tensor count"));
  ASSIGN_OR_RETURN(counts.pairs, cursor.Take<uint64_t>("metadata count"));
  // Most wrong counts are more than what follows has room for.
  for (const auto& [what, count, least, most] :
       {std::make_tuple("metadata pairs", counts.pairs, kLeastPairBytes,
                        kMaxPairs),
        std::make_tuple("tensors", counts.tensors, kLeastTensorBytes,
                        kMaxTensors)}) {
    if (count <= std::min(most, cursor.left() / least)) continue;
    return cursor.Refuse(absl::StrCat(
        "says that it has ", count, " ", what, ", for which the ",
        cursor.left(), " bytes that follow are too few, or that are more than ",
        most));
  }
  return counts;
}

// A tensor's entry as it is in the header: `offset` is in the data.
struct RawEntry {
  GgufEntry entry;
  uint32_t type;
};

absl::StatusOr<RawEntry> TakeEntry(GgufCursor& cursor) {
  RawEntry raw;
  ASSIGN_OR_RETURN(raw.entry.name, cursor.Name(kMaxNameBytes, "tensor name"));
  const std::string what = absl::StrCat("tensor ", Excerpt(raw.entry.name));
  ASSIGN_OR_RETURN(const uint32_t rank, cursor.Take<uint32_t>(what));
  if (rank < 1 || rank > kMaxRank) {
    return cursor.Refuse(absl::StrCat(
        what, " has ", rank, " dimensions, must have 1 to ", kMaxRank));
  }
  for (uint32_t i = 0; i < rank; ++i) {
    ASSIGN_OR_RETURN(const uint64_t extent, cursor.Take<uint64_t>(what));
    raw.entry.shape.insert(raw.entry.shape.begin(), extent);
  }
  ASSIGN_OR_RETURN(raw.type, cursor.Take<uint32_t>(what));
  ASSIGN_OR_RETURN(raw.entry.offset, cursor.Take<uint64_t>(what));
  raw.entry.dtype = DTypeOf(raw.type);
  const auto elements = NumElements(raw.entry.shape);
  constexpr uint64_t kMax = std::numeric_limits<int64_t>::max();
  if (!elements.ok() || *elements == 0 || *elements > kMax / sizeof(float)) {
    return cursor.Refuse(
        absl::StrCat(what, ": ", ShapeText(raw.entry.shape),
                     " has no elements, or more bytes than fit in 63 bits"));
  }
  raw.entry.size_bytes = *elements * ElementBytes(raw.entry.dtype);
  return raw;
}

absl::Status CheckTypes(const std::vector<RawEntry>& entries,
                        const GgufCursor& cursor) {
  std::map<uint32_t, uint64_t> others;
  for (const RawEntry& raw : entries) {
    if (raw.entry.dtype == DTYPE_UNSPECIFIED) ++others[raw.type];
  }
  if (others.empty()) return absl::OkStatus();
  std::vector<std::string> named;
  for (const auto& [type, count] : others) {
    named.push_back(absl::StrCat(count, " of ", TypeName(type)));
  }
  return cursor.Refuse(absl::StrCat(
      "has tensors of types that are not read yet: ",
      absl::StrJoin(named, ", "),
      "; only F32, F16 and BF16 are read: name the file of the model before "
      "quantization"));
}

// Sorts by offset and checks that each tensor begins where the alignment puts
// it, behind the one before it.
absl::Status CheckCover(uint64_t data_bytes, uint64_t alignment,
                        std::vector<RawEntry>& entries,
                        const GgufCursor& cursor) {
  std::sort(entries.begin(), entries.end(),
            [](const RawEntry& a, const RawEntry& b) {
              return a.entry.offset < b.entry.offset;
            });
  uint64_t end = 0;
  for (const RawEntry& raw : entries) {
    const GgufEntry& entry = raw.entry;
    const std::string what = absl::StrCat("tensor ", Excerpt(entry.name));
    // `end` is within the file, so that this does not overflow.
    const uint64_t expected = (end + alignment - 1) / alignment * alignment;
    if (entry.offset != expected) {
      return cursor.Refuse(absl::StrCat(
          what, " starts at data byte ", entry.offset,
          entry.offset < end ? ", inside the tensor before it: expected "
                             : ", not aligned or behind a gap: expected ",
          expected));
    }
    if (entry.offset > data_bytes ||
        entry.size_bytes > data_bytes - entry.offset) {
      return cursor.Refuse(
          absl::StrCat("truncated: ", what, " takes ", entry.size_bytes,
                       " bytes from data byte ", entry.offset,
                       " on, the file has ", data_bytes, ": fetch it again"));
    }
    end = entry.offset + entry.size_bytes;
  }
  if (data_bytes - end < alignment) return absl::OkStatus();
  return cursor.Refuse(absl::StrCat("tensors end at data byte ", end, ", but ",
                                    data_bytes - end, " bytes follow"));
}

std::string KindName(GgufKind kind) {
  switch (kind) {
    case GgufKind::kInteger:
      return "integer";
    case GgufKind::kFloat:
      return "float";
    case GgufKind::kBool:
      return "boolean";
    case GgufKind::kString:
      return "string";
  }
  return "";
}

}  // namespace

absl::StatusOr<GgufFile> GgufFile::Open(const std::string& path) {
  ASSIGN_OR_RETURN(InputFile input, InputFile::Open(path));
  GgufFile file(std::move(input));
  const uint64_t size_bytes = file.file_.size_bytes();
  ASSIGN_OR_RETURN(
      const std::string header,
      file.file_.ReadString(0, std::min(size_bytes, kMaxGgufHeaderBytes)));
  GgufCursor cursor(file.file_, header);
  ASSIGN_OR_RETURN(const Counts counts, TakeCounts(cursor));
  for (uint64_t i = 0; i < counts.pairs; ++i) {
    ASSIGN_OR_RETURN(const std::string key,
                     cursor.Name(kMaxKeyBytes, "metadata key"));
    ASSIGN_OR_RETURN(GgufValue value, TakeGgufValue(Excerpt(key), cursor));
    if (!file.metadata_.emplace(key, std::move(value)).second) {
      return file.Refuse(
          absl::StrCat("metadata key ", Excerpt(key), " occurs twice"));
    }
  }
  std::vector<RawEntry> entries;
  for (uint64_t i = 0; i < counts.tensors; ++i) {
    ASSIGN_OR_RETURN(RawEntry raw, TakeEntry(cursor));
    entries.push_back(std::move(raw));
  }
  ASSIGN_OR_RETURN(const GgufValue* parts,
                   file.FindScalar("split.count", GgufKind::kInteger));
  if (parts != nullptr && parts->numbers[0] > 1) {
    return file.Refuse(absl::StrCat(
        "is one of ", parts->numbers[0],
        " files of a split model: join them with llama-gguf-split --merge"));
  }
  RETURN_IF_ERROR(CheckTypes(entries, cursor));
  ASSIGN_OR_RETURN(const GgufValue* said,
                   file.FindScalar("general.alignment", GgufKind::kInteger));
  const double asked = said == nullptr ? kDefaultAlignment : said->numbers[0];
  if (!(asked >= 1 && asked <= kMaxAlignment) ||
      std::exp2(std::floor(std::log2(asked))) != asked) {
    return file.Refuse(absl::StrFormat(
        "general.alignment is %.0f: must be a power of two, at most %d", asked,
        kMaxAlignment));
  }
  const auto alignment = static_cast<uint64_t>(asked);
  const uint64_t data = (cursor.at() + alignment - 1) / alignment * alignment;
  const uint64_t data_bytes = size_bytes - std::min(size_bytes, data);
  RETURN_IF_ERROR(CheckCover(data_bytes, alignment, entries, cursor));
  for (RawEntry& raw : entries) {
    raw.entry.offset += data;
    const std::string name = raw.entry.name;
    if (!file.entries_.emplace(name, std::move(raw.entry)).second) {
      return file.Refuse(
          absl::StrCat("tensor ", Excerpt(name), " occurs twice"));
    }
  }
  return file;
}

absl::StatusOr<const GgufValue*> GgufFile::Find(absl::string_view key,
                                                GgufKind kind,
                                                bool is_array) const {
  const auto found = metadata_.find(std::string(key));
  if (found == metadata_.end()) return nullptr;
  const GgufValue& value = found->second;
  if (value.kind == kind && value.is_array == is_array) return &value;
  return Refuse(absl::StrCat(
      key, " is ", value.is_array ? "an array of kind " : "of kind ",
      KindName(value.kind), ", expected ", is_array ? "an array of kind " : "",
      KindName(kind)));
}

absl::StatusOr<const GgufValue*> GgufFile::FindScalar(absl::string_view key,
                                                      GgufKind kind) const {
  return Find(key, kind, false);
}

absl::StatusOr<const GgufValue*> GgufFile::FindArray(absl::string_view key,
                                                     GgufKind kind) const {
  return Find(key, kind, true);
}

absl::StatusOr<Tensor> GgufFile::Read(const GgufEntry& entry) const {
  Tensor tensor;
  tensor.set_name(entry.name);
  tensor.set_dtype(entry.dtype);
  for (const uint64_t extent : entry.shape) tensor.add_shape(extent);
  ASSIGN_OR_RETURN(*tensor.mutable_data(),
                   file_.ReadString(entry.offset, entry.size_bytes));
  const absl::optional<uint64_t> bad = FirstNotFinite(tensor);
  if (!bad) return tensor;
  return Refuse(absl::StrCat("tensor ", Excerpt(entry.name), ": element ", *bad,
                             " is not finite"));
}

}  // namespace quant_curve
