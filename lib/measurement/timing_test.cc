#include "lib/measurement/timing.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "lib/artifact/status_matchers.h"
#include "lib/artifact/write_artifact.h"
#include "lib/measurement/fake_timing.h"

namespace quant_curve {
namespace {

TEST(TimingTest, MeasuredTimingsPass) {
  EXPECT_THAT(CheckTiming(MakeFakeTiming(true)), IsOk());
}

TEST(TimingTest, ReadTimingNamesTheFile) {
  const std::string path = absl::StrCat(::testing::TempDir(), "/timing.qca");
  Timing timing = MakeFakeTiming(false);
  ASSERT_THAT(WriteArtifact(path, timing), IsOk());
  EXPECT_THAT(ReadTiming(path), IsOk());
  timing.mutable_decodes(1)->set_seconds(2, 0);
  ASSERT_THAT(WriteArtifact(path, timing), IsOk());
  EXPECT_THAT(ReadTiming(path),
              FailsSaying(absl::StrCat(path,
                                       ": decode of minigpt, scheme fp16,"
                                       " 1 threads: seconds=0")));
}

TEST(TimingTest, CheckTimingRefusesWhatCannotBe) {
  const auto refuses = [](absl::string_view text, auto change) {
    Timing timing = MakeFakeTiming(false);
    change(timing);
    EXPECT_THAT(CheckTiming(timing), FailsSaying(std::string(text)));
  };
  refuses("occurs twice", [](Timing& t) { *t.add_decodes() = t.decodes(0); });
  refuses("has 5 parameters, before 103680",
          [](Timing& t) { t.mutable_decodes(1)->set_num_parameters(5); });
  refuses("no repeats",
          [](Timing& t) { t.mutable_decodes(0)->clear_seconds(); });
  refuses("bytes_per_token=0",
          [](Timing& t) { t.mutable_decodes(0)->clear_bytes_per_token(); });
  refuses("decoded_tokens=0",
          [](Timing& t) { t.mutable_decodes(0)->clear_decoded_tokens(); });
  refuses("flops_per_token=0",
          [](Timing& t) { t.mutable_decodes(0)->clear_flops_per_token(); });
  refuses("num_parameters=0",
          [](Timing& t) { t.mutable_decodes(0)->clear_num_parameters(); });
  refuses("threads=0",
          [](Timing& t) { t.mutable_decodes(0)->clear_threads(); });
  refuses("scheme name ''", [](Timing& t) {
    t.mutable_decodes(0)->mutable_scheme()->clear_name();
  });
  refuses("int8_ops_per_second=0", [](Timing& t) {
    t.mutable_ceilings(0)->clear_int8_ops_per_second();
  });
  refuses("read_bytes_per_second=0", [](Timing& t) {
    t.mutable_ceilings(0)->mutable_bandwidths(0)->clear_read_bytes_per_second();
  });
  for (const char* isa : {"", "a|b", "a`b", "a<b", "a\nb", "\xc3\xa9"}) {
    refuses("isa must",
            [isa](Timing& t) { t.mutable_machine()->set_isa(isa); });
  }
  refuses("throughput's threads=0",
          [](Timing& t) { t.mutable_throughputs(0)->clear_threads(); });
  refuses("no repeats",
          [](Timing& t) { t.mutable_throughputs(0)->clear_seconds(); });
  refuses("model 'a b'",
          [](Timing& t) { t.mutable_decodes(0)->set_model("a b"); });
  refuses("ceilings with 1 threads: occur twice",
          [](Timing& t) { *t.add_ceilings() = t.ceilings(0); });
  refuses(
      "decode of minigpt, scheme fp16, 1 threads: has 15 repeats, before 1",
      [](Timing& t) {
        t.mutable_decodes(0)->mutable_seconds()->Truncate(1);
        t.mutable_decodes(0)->mutable_memory_bytes_per_second()->Truncate(1);
      });
  refuses("15 repeats, but 14 times memory was read", [](Timing& t) {
    t.mutable_decodes(0)->mutable_memory_bytes_per_second()->RemoveLast();
  });
  refuses("memory_bytes_per_second=0", [](Timing& t) {
    t.mutable_decodes(0)->set_memory_bytes_per_second(3, 0);
  });
  // 423,720 bytes through one core's L2 of 1 MiB.
  refuses("memory level 4: 423720 bytes per token come from L2",
          [](Timing& t) { t.mutable_decodes(0)->set_memory_level(DRAM); });
  refuses("no bandwidth",
          [](Timing& t) { t.mutable_ceilings(0)->clear_bandwidths(); });
  refuses("memory level 1: unknown, or repeated", [](Timing& t) {
    t.mutable_ceilings(0)->mutable_bandwidths(1)->set_level(L1);
  });
  refuses("fma_flops_per_second=-1", [](Timing& t) {
    t.mutable_ceilings(0)->set_fma_flops_per_second(-1);
  });
  refuses("cpu_model must",
          [](Timing& t) { t.mutable_machine()->set_cpu_model("a|b"); });
  refuses("throughput's flops=0",
          [](Timing& t) { t.mutable_throughputs(0)->clear_flops(); });
}

}  // namespace
}  // namespace quant_curve
