// Google Benchmark of how fast coded weights are loaded: from a Linear's stored
// bytes to the layout of the kernels.
//
//   bazel run //lib/quantization:loading_benchmark
//
// Counters: weights and stored bytes per second. Arguments: out, in.
#include <cstdint>
#include <string>
#include <vector>

#include "benchmark/benchmark.h"
#include "lib/artifact/tensor.h"
#include "lib/numerics/packed_matrix.h"
#include "lib/numerics/random.h"
#include "lib/quantization/grid.h"
#include "lib/quantization/linear.h"
#include "lib/quantization/storage.h"

namespace quant_curve {
namespace {

// Of `bits`, one scale for 128 inputs of a row.
Scheme MakeScheme(uint32_t bits, bool symmetric) {
  Scheme scheme;
  scheme.set_name("benchmark");
  scheme.set_weight_format(WEIGHT_INTEGER);
  scheme.set_bits(bits);
  scheme.set_symmetric(symmetric);
  scheme.set_granularity(PER_GROUP);
  scheme.set_group_size(128);
  scheme.set_method(RTN);
  scheme.set_activation_format(ACTIVATION_FLOAT32);
  return scheme;
}

std::vector<int16_t> RandomCodes(int64_t count, const CodeFormat& format) {
  Random random(1);
  std::vector<int16_t> codes(count);
  for (int16_t& code : codes) {
    code = static_cast<int16_t>(
        format.lowest() +
        static_cast<int>(random.Below(format.highest() - format.lowest() + 1)));
  }
  return codes;
}

QuantizedLinear MakeLinear(const Scheme& scheme, int64_t out, int64_t in) {
  const CodeFormat format = FormatOf(scheme);
  const ScaleLayout layout = LayoutOf(scheme, out, in);
  const int16_t zero_point = scheme.symmetric() ? 0 : 1 << (format.bits - 1);
  const CodedMatrix matrix = {
      RandomCodes(out * in, format),
      std::vector<Grid>(layout.num_scales, Grid{0.0625f, zero_point})};
  return PackLinear("w", out, in, matrix, {}, scheme).value();
}

void SetCounters(benchmark::State& state, double weights, double bytes) {
  const double runs = static_cast<double>(state.iterations());
  state.counters["weights/s"] =
      benchmark::Counter(runs * weights, benchmark::Counter::kIsRate);
  state.counters["B/s"] =
      benchmark::Counter(runs * bytes, benchmark::Counter::kIsRate);
}

PackedMatrix PackUnpacked(const UnpackedLinear& unpacked, bool int8_inputs) {
  return PackedMatrix::Coded({unpacked.codes.data(), unpacked.scales.data(),
                              static_cast<int64_t>(unpacked.group_size)},
                             unpacked.out_features, unpacked.in_features,
                             int8_inputs);
}

void Load(benchmark::State& state, uint32_t bits, bool symmetric,
          bool int8_inputs) {
  const int64_t out = state.range(0), in = state.range(1);
  const Scheme scheme = MakeScheme(bits, symmetric);
  const QuantizedLinear linear = MakeLinear(scheme, out, in);
  for (auto _ : state) {
    const PackedMatrix matrix =
        PackUnpacked(Unpack(linear, scheme).value(), int8_inputs);
    benchmark::DoNotOptimize(matrix.view().data);
  }
  SetCounters(state, out * in,
              static_cast<double>(linear.weight().data().size()));
}

// Only Unpack(): the checks, codes as int16, zero points.
void UnpackOnly(benchmark::State& state, uint32_t bits, bool symmetric) {
  const int64_t out = state.range(0), in = state.range(1);
  const Scheme scheme = MakeScheme(bits, symmetric);
  const QuantizedLinear linear = MakeLinear(scheme, out, in);
  for (auto _ : state) {
    const UnpackedLinear unpacked = Unpack(linear, scheme).value();
    benchmark::DoNotOptimize(unpacked.codes.data());
  }
  SetCounters(state, out * in,
              static_cast<double>(linear.weight().data().size()));
}

// The other way in: an embedding of int8 rows.
void LoadInt8Rows(benchmark::State& state) {
  const int64_t out = state.range(0), in = state.range(1);
  const std::vector<int16_t> wide = RandomCodes(out * in, {8, true});
  const Tensor codes =
      MakeInt8("codes", {static_cast<uint64_t>(out), static_cast<uint64_t>(in)},
               std::vector<int8_t>(wide.begin(), wide.end()));
  const Tensor scales = MakeFloat16("scales", {static_cast<uint64_t>(out)},
                                    std::vector<float>(out, 0.0625f));
  for (auto _ : state) {
    const Int8Rows rows = ReadInt8Rows(codes, scales).value();
    const PackedMatrix matrix = PackedMatrix::Coded(
        {rows.codes.data(), rows.scales.data(), in}, out, in, false);
    benchmark::DoNotOptimize(matrix.view().data);
  }
  SetCounters(state, out * in, static_cast<double>(codes.data().size()));
}

// Of a small model, and beyond the second-level cache.
void Sizes(benchmark::internal::Benchmark* b) {
  b->Args({256, 64})->Args({2048, 2048})->Args({4096, 11008});
}

// Two Linears at once.
void TwoThreads(benchmark::internal::Benchmark* b) {
  b->Args({4096, 11008})->Threads(2)->UseRealTime();
}

BENCHMARK_CAPTURE(Load, int4, 4, true, false)->Apply(Sizes);
BENCHMARK_CAPTURE(Load, int4_two, 4, true, false)->Apply(TwoThreads);
BENCHMARK_CAPTURE(Load, int8_two, 8, true, false)->Apply(TwoThreads);
BENCHMARK_CAPTURE(Load, int8, 8, true, false)->Apply(Sizes);
BENCHMARK_CAPTURE(Load, int8_int8_inputs, 8, true, true)->Apply(Sizes);
BENCHMARK_CAPTURE(Load, int3, 3, true, false)->Args({2048, 2048});
BENCHMARK_CAPTURE(Load, uint4, 4, false, false)->Args({2048, 2048});
BENCHMARK_CAPTURE(Load, uint8, 8, false, false)->Args({2048, 2048});
BENCHMARK_CAPTURE(UnpackOnly, int4, 4, true)->Args({2048, 2048});
BENCHMARK_CAPTURE(UnpackOnly, int8, 8, true)->Args({2048, 2048});
BENCHMARK_CAPTURE(UnpackOnly, uint4, 4, false)->Args({2048, 2048});
BENCHMARK(LoadInt8Rows)->Args({2048, 2048})->Args({32000, 2048});

}  // namespace
}  // namespace quant_curve

BENCHMARK_MAIN();
