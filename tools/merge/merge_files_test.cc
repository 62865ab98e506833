#include "tools/merge/merge_files.h"

#include "absl/strings/str_cat.h"
#include "lib/artifact/artifact.h"
#include "lib/artifact/byte_sink.h"
#include "lib/artifact/file.h"
#include "lib/artifact/status_matchers.h"
#include "lib/artifact/tensor.h"
#include "lib/artifact/tensor_frame.h"
#include "lib/artifact/write_artifact.h"
#include "lib/measurement/fake_measurement.h"
#include "lib/quantization/byte_account.h"
#include "lib/quantization/test_model.h"
#include "lib/sharding/shard.h"

namespace quant_curve {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class MergeFilesTest : public ::testing::Test {
 protected:
  template <typename Message>
  std::string Write(const std::string& name, const Message& message) {
    const std::string path = ::testing::TempDir() + "/" + name;
    EXPECT_THAT(WriteArtifact(path, message), IsOk());
    return path;
  }

  // Shard `index` of two of `whole`, with half of its Linears.
  std::string ModelPart(const QuantizedModel& whole, uint32_t index) {
    QuantizedModel part = whole;
    *part.mutable_shard() = MakeShard(index, 2).value();
    part.clear_bytes();
    if (index == 1) part.clear_others();
    const int half = whole.linears_size() / 2;
    part.mutable_linears()->DeleteSubrange(
        index == 0 ? half : 0, index == 0 ? whole.linears_size() - half : half);
    return Write(absl::StrCat("model", index), part);
  }

  // Shard `index` of two of a calibration, of one block.
  std::string CalibrationPart(uint32_t index) {
    Calibration part;
    part.set_num_sequences(2);
    part.set_sequence_length(1);
    part.set_sequences_per_block(1);
    *part.mutable_shard() = MakeShard(index, 2).value();
    PartialHessian& partial = *part.add_inputs()->mutable_partial();
    partial.set_in_features(1);
    *partial.add_sums() = MakeFloat64("sums", {1}, {1.0 + index});
    return Write(absl::StrCat("calibration", index), part);
  }

  // The first or last half of `whole`.
  std::string MeasurementPart(const Measurement& whole, uint32_t index) {
    Measurement part = whole;
    *part.mutable_shard() = MakeShard(index, 2).value();
    const int windows = whole.window_tokens_size() / 2;
    const int items = whole.items_size() / 2;
    const int scores = whole.candidate_log_probability_nats_size() / 2;
    const auto drop = [index](int half, auto* field) {
      field->erase(field->begin() + (index == 0 ? half : 0),
                   index == 0 ? field->end() : field->begin() + half);
    };
    drop(windows, part.mutable_window_nll_nats());
    drop(windows, part.mutable_window_tokens());
    drop(items, part.mutable_items());
    drop(scores, part.mutable_candidate_log_probability_nats());
    return Write(absl::StrCat("measurement", index), part);
  }

  const Measurement fp32_ = MakeFakeMeasurement({"fp32", 414720, 4.84, 0.97});
};

TEST_F(MergeFilesTest, CalibrationsAreKnownByTheirFrame) {
  ASSERT_OK_AND_ASSIGN(
      const MergedArtifact merged,
      MergeFiles({CalibrationPart(1), CalibrationPart(0)}, ""));
  EXPECT_EQ(merged.kind, CALIBRATION);
  const auto& whole = dynamic_cast<const Calibration&>(*merged.message);
  // (1 + 2) / 2 tokens.
  EXPECT_THAT(ReadDoubles(whole.inputs(0).hessian()).value(),
              ::testing::ElementsAre(1.5));
}

TEST_F(MergeFilesTest, ModelsAreKnownByTheirFrame) {
  QuantizedModel whole = TestModel(MiniGptConfig(), "fp16");
  QuantizedModel part = whole;
  *part.mutable_shard() = MakeShard(0, 1).value();
  ASSERT_OK_AND_ASSIGN(const MergedArtifact merged,
                       MergeFiles({Write("model", part)}, ""));
  EXPECT_EQ(merged.kind, QUANTIZED_MODEL);
  *whole.mutable_bytes() = ComputeByteAccount(whole).value();
  EXPECT_EQ(merged.message->SerializeAsString(), whole.SerializeAsString());
}

TEST_F(MergeFilesTest, AnIndexReadsAsTheModelThatIsMerged) {
  QuantizedModel whole = TestModel(MiniGptConfig(), "int4_per_group_64");
  *whole.mutable_bytes() = ComputeByteAccount(whole).value();
  const std::vector<std::string> parts = {ModelPart(whole, 1),
                                          ModelPart(whole, 0)};
  StringSink sink;
  TensorFrameWriter writer(QUANTIZED_MODEL, sink);
  const auto refer = [&](const std::string& path, Tensor& tensor) {
    return writer.Refer(path == parts[0] ? "model1" : "model0", tensor);
  };
  ASSERT_OK_AND_ASSIGN(const MergedArtifact merged, IndexFiles(parts, refer));
  ASSERT_THAT(writer.Finish(*merged.message), IsOk());
  const std::string index = ::testing::TempDir() + "/index";
  ASSERT_THAT(WriteFileAtomically(index, sink.contents), IsOk());

  ASSERT_OK_AND_ASSIGN(const Artifact<QuantizedModel> read,
                       ReadArtifact<QuantizedModel>(index));
  ASSERT_OK_AND_ASSIGN(const Artifact<QuantizedModel> copied,
                       ReadArtifact<QuantizedModel>(Write("whole", whole)));
  EXPECT_EQ(read.sha256, copied.sha256);
  ASSERT_OK_AND_ASSIGN(const QuantizedModel loaded, InMemory(read));
  EXPECT_EQ(loaded.SerializeAsString(), whole.SerializeAsString());
}

TEST_F(MergeFilesTest, AnIndexIsOfAQuantizedModel) {
  const auto refuse = [](const std::string&, Tensor&) {
    return absl::InternalError("called");
  };
  EXPECT_THAT(IndexFiles({CalibrationPart(0), CalibrationPart(1)}, refuse),
              FailsSaying("--index: is for quantized models, but"));
  EXPECT_THAT(IndexFiles({}, refuse), FailsSaying("no shards"));
}

TEST_F(MergeFilesTest, MeasurementsAreComparedWithTheReferenceOnce) {
  const std::string reference = Write("reference", fp32_);
  const Measurement int4 = MakeFakeMeasurement({"int4", 65536, 5.0, 0.9, 4});
  std::string reference_sha256;
  const auto note = [&](absl::string_view flag, const std::string& path,
                        absl::string_view sha256, const Payload&) {
    if (flag == "reference") reference_sha256 = std::string(sha256);
    EXPECT_EQ(path == reference, flag == "reference");
    return absl::OkStatus();
  };
  ASSERT_OK_AND_ASSIGN(
      const MergedArtifact merged,
      MergeFiles({MeasurementPart(int4, 0), MeasurementPart(int4, 1)},
                 reference, KeepInMessage, IgnoreProgress, note));
  EXPECT_EQ(merged.kind, MEASUREMENT);
  auto& whole = dynamic_cast<Measurement&>(*merged.message);
  EXPECT_EQ(whole.paired().reference_sha256(), reference_sha256);
  EXPECT_EQ(whole.paired().reference_scheme(), "fp32");
  whole.clear_paired();
  EXPECT_EQ(whole.SerializeAsString(), int4.SerializeAsString());
}

TEST_F(MergeFilesTest, AnInputThatIsRefusedEndsTheMergeBeforeItBegins) {
  std::vector<std::string> noted;
  const auto refuse_second = [&](absl::string_view, const std::string& path,
                                 absl::string_view, const Payload&) {
    noted.push_back(path);
    return noted.size() < 2 ? absl::OkStatus()
                            : absl::NotFoundError("no manifest");
  };
  const auto keep = [](Tensor&) {
    ADD_FAILURE() << "merged already";
    return absl::OkStatus();
  };
  const std::vector<std::string> shards = {CalibrationPart(1),
                                           CalibrationPart(0)};
  EXPECT_THAT(MergeFiles(shards, "", keep, IgnoreProgress, refuse_second),
              FailsSaying("no manifest"));
  EXPECT_EQ(noted, shards);
}

TEST_F(MergeFilesTest, AReferenceIsOnlyForMeasurements) {
  EXPECT_THAT(MergeFiles({CalibrationPart(0), CalibrationPart(1)}, "/x.qca"),
              FailsSaying("--reference=/x.qca: is for measurements, but"));
}

TEST_F(MergeFilesTest, DifferentKindsNameBothFiles) {
  const std::string first = CalibrationPart(0);
  const std::string second = MeasurementPart(fp32_, 1);
  EXPECT_THAT(MergeFiles({first, second}, ""),
              FailsSaying(absl::StrCat(first, " holds CALIBRATION, ", second,
                                       " holds MEASUREMENT")));
}

TEST_F(MergeFilesTest, MissingRepeatedAndWholeOnesAreRefused) {
  const std::string first = CalibrationPart(0);
  EXPECT_THAT(MergeFiles({first}, ""), FailsSaying("shard 1 of 2"));
  EXPECT_THAT(MergeFiles({first, first}, ""),
              FailsSaying(absl::StrCat(first, " and ", first, ": both are")));
  EXPECT_THAT(MergeFiles({Write("whole", fp32_)}, ""),
              FailsSaying("whole: is whole, not a shard"));
  EXPECT_THAT(MergeFiles({}, ""), FailsSaying("no shards"));
}

TEST_F(MergeFilesTest, FilesThatCanBeNoShardsAreRefused) {
  EXPECT_THAT(MergeFiles({Write("corpus", Corpus())}, ""),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       AllOf(HasSubstr("corpus: holds CORPUS"),
                             HasSubstr("shards are CALIBRATION"))));
  EXPECT_THAT(MergeFiles({"/nowhere.qca"}, ""), FailsSaying("/nowhere.qca"));
}

}  // namespace
}  // namespace quant_curve
