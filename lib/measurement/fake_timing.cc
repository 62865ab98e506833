#include "lib/measurement/fake_timing.h"

#include "lib/measurement/memory_level.h"
#include "lib/numerics/random.h"

namespace quant_curve {
namespace {

constexpr double kOverheadSeconds = 15e-6;
constexpr double kEfficiency = 0.75;
constexpr int kRepeats = 15;

struct FakeFormat {
  const char* name;
  double bytes_per_weight;
  bool int8_activations = false;
};
constexpr FakeFormat kFormats[] = {
    {"fp32", 4},
    {"fp16", 2},
    {"int8_per_tensor", 1.05},
    {"int8_per_channel", 1.07},
    {"int4_per_group_64", 0.6},
    {"int4_per_group_128", 0.59},
    {"int4_per_group_64_gptq", 0.6},
    {"int8_weight_activation", 1.08, true},
};
// Those that the ladder of random weights has.
constexpr int kLadderFormats[] = {0, 1, 3, 4, 7};

Machine MakeMachine() {
  Machine machine;
  machine.set_cpu_model("Made-up CPU @ 2.60GHz");
  machine.set_isa("AVX2");
  machine.set_cores(2);
  machine.set_l1_data_bytes(32 << 10);
  machine.set_l2_bytes(1 << 20);
  machine.set_l3_bytes(32 << 20);
  return machine;
}

void AddBandwidth(MemoryLevel level, uint64_t bytes, double bytes_per_second,
                  Ceilings& ceilings) {
  Bandwidth* bandwidth = ceilings.add_bandwidths();
  bandwidth->set_level(level);
  bandwidth->set_working_set_bytes(bytes);
  bandwidth->set_read_bytes_per_second(bytes_per_second);
}

Ceilings MakeCeilings(uint32_t threads) {
  Ceilings ceilings;
  ceilings.set_threads(threads);
  ceilings.set_fma_flops_per_second(85e9 * threads);
  ceilings.set_int8_ops_per_second(330e9 * threads);
  AddBandwidth(L1, 16 << 10, 190e9 * threads, ceilings);
  AddBandwidth(L2, 512 << 10, 95e9 * threads, ceilings);
  AddBandwidth(L3, 8 << 20, 34e9 * threads, ceilings);
  AddBandwidth(DRAM, 256 << 20, threads == 1 ? 17e9 : 26e9, ceilings);
  return ceilings;
}

// Memory has the same speed at every repeat as before.
void SetThreads(uint32_t threads, DecodeTiming& decode) {
  const Ceilings ceilings = MakeCeilings(threads);
  const Bandwidth& bandwidth =
      LevelFor(MakeMachine(), ceilings, decode.bytes_per_token());
  decode.set_threads(threads);
  decode.set_memory_level(bandwidth.level());
  decode.clear_memory_bytes_per_second();
  for (int i = 0; i < decode.seconds_size(); ++i) {
    decode.add_memory_bytes_per_second(bandwidth.read_bytes_per_second());
  }
}

void AddDecode(absl::string_view model, uint64_t num_parameters,
               const FakeFormat& format, uint32_t threads, Timing& timing) {
  const double bytes = format.bytes_per_weight * num_parameters + 9000;
  const Bandwidth& bandwidth =
      LevelFor(timing.machine(), timing.ceilings(threads - 1), bytes);
  const double seconds =
      kOverheadSeconds * (format.int8_activations ? 1.4 : 1) * threads +
      bytes / (kEfficiency * bandwidth.read_bytes_per_second());
  Random random(num_parameters, threads);
  std::vector<double> repeats;
  for (int i = 0; i < kRepeats; ++i) {
    repeats.push_back(32 * seconds * (1 + 0.03 * random.Uniform()));
  }
  DecodeTiming decode =
      MakeFakeDecode(model, format.name, num_parameters, bytes, repeats);
  SetThreads(threads, decode);
  decode.mutable_scheme()->set_activation_format(
      format.int8_activations ? ACTIVATION_INT8 : ACTIVATION_FLOAT32);
  *timing.add_decodes() = decode;
}

}  // namespace

DecodeTiming MakeFakeDecode(absl::string_view model, absl::string_view scheme,
                            uint64_t num_parameters, double bytes_per_token,
                            const std::vector<double>& seconds) {
  DecodeTiming decode;
  decode.set_model(std::string(model));
  decode.mutable_scheme()->set_name(std::string(scheme));
  decode.mutable_scheme()->set_activation_format(ACTIVATION_FLOAT32);
  decode.set_num_parameters(num_parameters);
  decode.set_prefilled_tokens(32);
  decode.set_decoded_tokens(32);
  for (const double value : seconds) decode.add_seconds(value);
  decode.set_bytes_per_token(bytes_per_token);
  decode.set_flops_per_token(2.1 * num_parameters);
  SetThreads(1, decode);
  return decode;
}

Timing MakeFakeTiming(bool ladder) {
  Timing timing;
  *timing.mutable_machine() = MakeMachine();
  timing.mutable_load()->set_wall_seconds(100);
  timing.mutable_load()->set_cpu_seconds(150);
  for (const uint32_t threads : {1, 2}) {
    *timing.add_ceilings() = MakeCeilings(threads);
  }
  for (const uint32_t threads : {1, 2}) {
    for (const FakeFormat& format : kFormats) {
      AddDecode("minigpt", 103680, format, threads, timing);
    }
    for (const int i : kLadderFormats) {
      if (ladder) AddDecode("1m", 920000, kFormats[i], threads, timing);
      if (ladder) AddDecode("10m", 10200000, kFormats[i], threads, timing);
      AddDecode("gpt2_small", 124000000, kFormats[i], threads, timing);
    }
  }
  ThroughputTiming* throughput = timing.add_throughputs();
  throughput->set_what("evaluate fp32 minigpt");
  throughput->set_threads(1);
  throughput->set_flops(1e9);
  throughput->add_seconds(0.03);
  return timing;
}

}  // namespace quant_curve
