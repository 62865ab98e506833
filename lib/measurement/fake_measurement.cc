#include "lib/measurement/fake_measurement.h"

#include "absl/strings/str_cat.h"
#include "lib/measurement/measurement.h"
#include "lib/numerics/random.h"
#include "lib/numerics/scalar_math.h"

namespace quant_curve {
namespace {

constexpr int kWindows = 50;
constexpr int kTokensPerWindow = 64;
constexpr int kItems = 1000;
constexpr int kCandidates = 5;

void FillScheme(const FakeScheme& fake, Scheme& scheme) {
  scheme.set_name(fake.name);
  scheme.set_activation_format(ACTIVATION_FLOAT32);
  scheme.set_weight_format(fake.bits == 0 ? WEIGHT_FLOAT32 : WEIGHT_INTEGER);
  if (fake.bits == 0) return;
  scheme.set_bits(fake.bits);
  scheme.set_symmetric(true);
  scheme.set_granularity(fake.group_size == 0 ? PER_CHANNEL : PER_GROUP);
  scheme.set_group_size(fake.group_size);
  scheme.set_method(fake.gptq ? GPTQ : RTN);
}

void FillWindows(const FakeScheme& fake, Measurement& measurement) {
  Random shared(1);
  Random own(2, fake.total_bytes + fake.gptq);
  const double noise = fake.bits == 0 ? 1e-5 : 0.02 / fake.bits;
  for (int window = 0; window < kWindows; ++window) {
    const double shift = noise * (own.Uniform() - 0.5);
    // Pairs of windows deviate by opposite amounts: the mean stays put.
    const double difficulty =
        (window % 2 == 0 ? 0.2 : -0.2) + 0.01 * (shared.Uniform() - 0.5);
    measurement.add_window_nll_nats(
        kTokensPerWindow * (Log(fake.perplexity) + difficulty + shift));
    measurement.add_window_tokens(kTokensPerWindow);
  }
}

void FillItems(const FakeScheme& fake, Measurement& measurement) {
  Random random(3);
  measurement.set_num_candidates(kCandidates);
  for (int i = 0; i < kItems; ++i) {
    ItemLabel* label = measurement.add_items();
    label->set_stratum(i < 400 ? SEEN : i < 700 ? HELD_OUT_FORM : UNSEEN_STEM);
    label->set_tense(static_cast<Tense>(1 + i % 4));
    label->set_answer(i % kCandidates);
    const bool right = random.Uniform() < fake.accuracy;
    for (int candidate = 0; candidate < kCandidates; ++candidate) {
      const bool favoured = candidate == (i + (right ? 0 : 1)) % kCandidates;
      measurement.add_candidate_log_probability_nats(favoured ? -20.f : -23.f);
    }
  }
}

void AddLinear(absl::string_view name, uint64_t out, uint64_t in,
               const FakeScheme& fake, Measurement& measurement) {
  LinearQuality* linear = measurement.add_linears();
  linear->set_name(std::string(name));
  linear->set_out_features(out);
  linear->set_in_features(in);
  if (fake.bits == 0) return;
  const uint64_t group = fake.group_size == 0 ? in : fake.group_size;
  linear->set_num_scales(out * ((in + group - 1) / group));
  linear->set_has_proxy_losses(true);
  const double loss = 0.4 / (1 << (2 * fake.bits));
  linear->set_rtn_proxy_loss(loss * (1 + 0.01 * (in % 7)));
  if (fake.gptq) linear->set_gptq_proxy_loss(loss / 3);
  linear->set_damping_used(fake.gptq ? 0.01 : 0);
}

void FillLinears(const FakeScheme& fake, Measurement& measurement) {
  for (int layer = 0; layer < 2; ++layer) {
    const std::string block = absl::StrCat("h.", layer, ".");
    for (const char* which : {"q", "k", "v", "o"}) {
      AddLinear(absl::StrCat(block, "attn.", which, "_proj.weight"), 64, 64,
                fake, measurement);
    }
    AddLinear(block + "mlp.fc1.weight", 256, 64, fake, measurement);
    AddLinear(block + "mlp.fc2.weight", 64, 256, fake, measurement);
  }
  measurement.set_num_linear_weights(98304);
  measurement.set_num_lm_head_weights(4096);
  measurement.set_num_parameters(103680);
}

void FillBytes(const FakeScheme& fake, ByteAccount& bytes) {
  const uint64_t others = 13312;
  bytes.set_embedding(8192);
  bytes.set_biases(2560);
  bytes.set_layer_norm(2560);
  bytes.set_scales(fake.bits == 0 ? 0 : (fake.total_bytes - others) / 20);
  bytes.set_weights(fake.total_bytes - others - bytes.scales());
  bytes.set_total(fake.total_bytes);
  bytes.set_linear_only(fake.total_bytes - bytes.embedding());
}

}  // namespace

Measurement MakeFakeMeasurement(const FakeScheme& scheme) {
  Measurement measurement;
  FillScheme(scheme, *measurement.mutable_scheme());
  FillBytes(scheme, *measurement.mutable_bytes());
  FillLinears(scheme, measurement);
  measurement.set_bits_per_weight(
      8.0 * (measurement.bytes().weights() + measurement.bytes().scales()) /
      98304);
  FillWindows(scheme, measurement);
  FillItems(scheme, measurement);
  measurement.set_corpus_sha256(std::string(32, 'c'));
  // The scores above are valid, so this cannot fail.
  FillSummaries(measurement).IgnoreError();
  return measurement;
}

Measurement MakeFakeTextMeasurement(const FakeScheme& scheme) {
  Measurement measurement = MakeFakeMeasurement(scheme);
  measurement.set_num_text_bytes(14000);
  measurement.set_num_text_words(2700);
  measurement.clear_items();
  measurement.clear_candidate_log_probability_nats();
  measurement.set_num_candidates(2);
  Random random(3);
  for (int i = 0; i < kItems; ++i) {
    ItemLabel* label = measurement.add_items();
    label->set_stratum(MINIMAL_PAIR);
    label->set_category(i < 400 ? "agreement" : i < 700 ? "islands" : "npi");
    label->set_answer(1);
    const bool right = random.Uniform() < scheme.accuracy;
    measurement.add_candidate_log_probability_nats(right ? -23.f : -20.f);
    measurement.add_candidate_log_probability_nats(right ? -20.f : -23.f);
  }
  // The scores above are valid, so this cannot fail.
  FillSummaries(measurement).IgnoreError();
  return measurement;
}

std::vector<FakeScheme> FakeSweep(bool extended) {
  std::vector<FakeScheme> schemes = {
      {"fp32", 414720, 4.84, 0.972},
      {"fp16", 207360, 4.84002, 0.972},
      {"int8_per_tensor", 111640, 4.841, 0.971, 8},
      {"int8_per_channel", 113920, 4.8403, 0.972, 8},
      {"int4_per_group_64", 65536, 4.935, 0.955, 4, 64},
      {"int4_per_group_128", 65024, 4.937, 0.954, 4, 128},
      {"int4_per_group_64_gptq", 65536, 4.88, 0.962, 4, 64, true},
      {"int8_weight_activation", 113920, 4.8424, 0.97, 8},
  };
  if (!extended) return schemes;
  const std::vector<FakeScheme> more = {
      {"int4_per_group_32", 68608, 4.91, 0.957, 4, 32},
      {"int4_per_group_32_gptq", 68608, 4.87, 0.963, 4, 32, true},
      {"int3_per_group_64", 53248, 5.65, 0.84, 3, 64},
      {"int3_per_group_64_gptq", 53248, 5.15, 0.91, 3, 64, true},
      {"int3_per_group_32_gptq", 56320, 5.05, 0.92, 3, 32, true},
      {"int2_per_group_64", 40960, 31, 0.31, 2, 64},
      {"int2_per_group_64_gptq", 40960, 11.2, 0.52, 2, 64, true},
      {"int2_per_group_32_gptq", 44032, 9.1, 0.58, 2, 32, true},
  };
  schemes.insert(schemes.end(), more.begin(), more.end());
  return schemes;
}

}  // namespace quant_curve
