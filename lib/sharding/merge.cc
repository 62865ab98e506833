#include "lib/sharding/merge.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/util/message_differencer.h"

namespace quant_curve {
namespace {

using google::protobuf::Message;
using google::protobuf::util::MessageDifferencer;
using Path = std::vector<MessageDifferencer::SpecificField>;

// Keeps the name of the outermost field of the first difference.
class FirstDifference : public MessageDifferencer::Reporter {
 public:
  const std::string& field() const { return field_; }

  void ReportAdded(const Message&, const Message&, const Path& path) override {
    Keep(path);
  }
  void ReportDeleted(const Message&, const Message&,
                     const Path& path) override {
    Keep(path);
  }
  void ReportModified(const Message&, const Message&,
                      const Path& path) override {
    Keep(path);
  }

 private:
  void Keep(const Path& path) {
    if (field_.empty() && path[0].field != nullptr) {
      field_ = path[0].field->name();
    }
  }

  std::string field_;
};

}  // namespace

absl::Status CheckComplete(const std::string& field,
                           absl::Span<const Shard> shards,
                           absl::Span<const std::string> names) {
  for (size_t i = 0; i < shards.size(); ++i) {
    if (i > 0 && shards[i].index() == shards[i - 1].index()) {
      return absl::InvalidArgumentError(
          absl::StrCat(names[i - 1], " and ", names[i], ": both are ",
                       ShardText(shards[i], field)));
    }
    if (shards[i].count() != shards[0].count()) {
      return absl::InvalidArgumentError(
          absl::StrCat(names[0], " is ", ShardText(shards[0], field), ", ",
                       names[i], " is ", ShardText(shards[i], field)));
    }
  }
  for (uint32_t i = 0; i < shards[0].count(); ++i) {
    if (i < shards.size() && shards[i].index() == i) continue;
    Shard missing = shards[0];
    missing.set_index(i);
    return absl::InvalidArgumentError(absl::StrCat(
        ShardText(missing, field), " is missing; the files given are ",
        absl::StrJoin(names, ", ")));
  }
  return absl::OkStatus();
}

absl::Status CheckSameRun(const Message& a, const std::string& a_name,
                          const Message& b, const std::string& b_name,
                          const std::string& field,
                          absl::Span<const std::string> own_fields) {
  MessageDifferencer differencer;
  differencer.IgnoreField(a.GetDescriptor()->FindFieldByName(field));
  for (const std::string& own : own_fields) {
    differencer.IgnoreField(a.GetDescriptor()->FindFieldByName(own));
  }
  FirstDifference first;
  differencer.ReportDifferencesTo(&first);
  if (differencer.Compare(a, b)) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(a_name, " and ", b_name, ": ", field,
                   "s of different runs: they differ in ", first.field()));
}

}  // namespace quant_curve
