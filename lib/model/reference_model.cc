#include "lib/model/reference_model.h"

#include <algorithm>
#include <cmath>
#include <complex>

namespace quant_curve {
namespace {

using Vector = std::vector<double>;
using Matrix = std::vector<Vector>;  // rows

// Takes tensors off the flat vector, one after another.
class Reader {
 public:
  explicit Reader(const Vector& flat) : flat_(flat) {}

  Vector TakeVector(int n) {
    Vector v(flat_.begin() + at_, flat_.begin() + at_ + n);
    at_ += n;
    return v;
  }

  // Nothing where the config has no such tensor.
  Vector TakeVectorIf(bool exists, int n) {
    return exists ? TakeVector(n) : Vector();
  }

  Matrix TakeMatrix(int rows, int columns) {
    Matrix m;
    for (int i = 0; i < rows; ++i) m.push_back(TakeVector(columns));
    return m;
  }

 private:
  const Vector& flat_;
  size_t at_ = 0;
};

struct Affine {
  Matrix w;
  Vector b;  // may be empty
};

Affine TakeAffine(Reader& reader, int out, int in, bool bias) {
  Affine affine;
  affine.w = reader.TakeMatrix(out, in);
  affine.b = reader.TakeVectorIf(bias, out);
  return affine;
}

Vector Multiply(const Matrix& w, const Vector& x) {
  Vector y(w.size(), 0);
  for (size_t i = 0; i < w.size(); ++i) {
    for (size_t j = 0; j < x.size(); ++j) y[i] += w[i][j] * x[j];
  }
  return y;
}

Vector Sum(Vector a, const Vector& b) {
  for (size_t i = 0; i < a.size(); ++i) a[i] += b[i];
  return a;
}

Vector Apply(const Affine& affine, const Vector& x) {
  const Vector y = Multiply(affine.w, x);
  return affine.b.empty() ? y : Sum(affine.b, y);
}

struct NormParameters {
  Vector scale;
  Vector shift;  // empty for RMSNorm
};

NormParameters TakeNorm(Reader& reader, const ModelConfig& config) {
  NormParameters norm;
  norm.scale = reader.TakeVector(config.d_model());
  norm.shift = reader.TakeVectorIf(config.normalization() == LAYER_NORM,
                                   config.d_model());
  return norm;
}

Vector RmsNorm(const ModelConfig& config, const Vector& x,
               const Vector& scale) {
  const double epsilon = config.layer_norm_epsilon();
  const double offset = config.norm_adds_one() ? 1 : 0;
  double square = 0;
  for (const double v : x) square += v * v / x.size();
  Vector y(x.size());
  for (size_t i = 0; i < x.size(); ++i) {
    y[i] = x[i] / std::sqrt(square + epsilon) * (scale[i] + offset);
  }
  return y;
}

Vector Norm(const ModelConfig& config, const Vector& x,
            const NormParameters& norm) {
  const double epsilon = config.layer_norm_epsilon();
  if (config.normalization() == RMS_NORM) {
    return RmsNorm(config, x, norm.scale);
  }
  double mean = 0, variance = 0;
  for (const double v : x) mean += v / x.size();
  for (const double v : x) variance += (v - mean) * (v - mean) / x.size();
  Vector y(x.size());
  for (size_t i = 0; i < x.size(); ++i) {
    y[i] = (x[i] - mean) / std::sqrt(variance + epsilon) * norm.scale[i] +
           norm.shift[i];
  }
  return y;
}

double GeluOf(double x) {
  return 0.5 * x *
         (1 + std::tanh(std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x)));
}

double SiluOf(double x) { return x / (1 + std::exp(-x)); }

// By wavelengths, as Llama 3.1's own code does.
double ScaledFrequency(const ModelConfig& config, double frequency) {
  if (config.has_linear_rope()) {
    return frequency / config.linear_rope().factor();
  }
  if (!config.has_llama3_rope()) return frequency;
  const Llama3Rope& rope = config.llama3_rope();
  const double wavelength = 2 * M_PI / frequency;
  const double original = rope.original_context();
  const double low = rope.low_frequency_factor();
  const double high = rope.high_frequency_factor();
  if (wavelength < original / high) return frequency;
  if (wavelength > original / low) return frequency / rope.factor();
  const double smooth = (original / wavelength - low) / (high - low);
  return (1 - smooth) * frequency / rope.factor() + smooth * frequency;
}

// Each head of `x`, or all of them together, by RMSNorm, where the config has
// that.
Vector NormHeads(const ModelConfig& config, Vector x, const Vector& scale) {
  if (!config.qk_norm()) return x;
  const size_t head_dim = scale.size();
  for (size_t start = 0; start < x.size(); start += head_dim) {
    const Vector head(x.begin() + start, x.begin() + start + head_dim);
    const Vector normed = RmsNorm(config, head, scale);
    std::copy(normed.begin(), normed.end(), x.begin() + start);
  }
  return x;
}

// Every head of `x` as complex numbers (x_i, x_{i + head_dim / 2}), times
// e^(i position / theta^(2i / head_dim)).
Vector Turn(const ModelConfig& config, Vector x, int head_dim, int position) {
  if (config.positions() != ROTARY) return x;
  const int half = head_dim / 2;
  for (size_t start = 0; start < x.size(); start += head_dim) {
    for (int i = 0; i < half; ++i) {
      const double angle =
          position *
          ScaledFrequency(config, std::pow(double{config.rope_theta()},
                                           -2.0 * i / head_dim));
      const std::complex<double> turned =
          std::complex<double>(x[start + i], x[start + half + i]) *
          std::polar(1.0, angle);
      x[start + i] = turned.real();
      x[start + half + i] = turned.imag();
    }
  }
  return x;
}

// c tanh(x / c); x for c = 0, which means no cap.
double Capped(double x, double cap) {
  return cap == 0 ? x : cap * std::tanh(x / cap);
}

// The features that differ from layer to layer.
struct Layer {
  int window;          // 0: none
  bool rotated;        // its queries and keys
  ModelConfig config;  // with the rope of this layer
};

Layer LayerOf(const ModelConfig& config, int layer) {
  Layer result = {static_cast<int>(config.sliding_window()), true, config};
  if (config.full_attention_size() > 0 && config.full_attention(layer)) {
    result.window = 0;
  }
  if (config.no_rotation_size() > 0) {
    result.rotated = !config.no_rotation(layer);
  }
  if (config.local_rope_theta() > 0 && result.window > 0) {
    result.config.set_rope_theta(config.local_rope_theta());
    result.config.clear_rope_scaling();
  }
  return result;
}

// Attention of position `t` over 0 … t, all heads; head h meets the keys and
// values of head h / (heads / kv_heads).
Vector Attend(const ModelConfig& config, const Matrix& q, const Matrix& k,
              const Matrix& v, int t, int heads, int kv_heads, int window) {
  const int head_dim = q[0].size() / heads;
  const double scale = config.attention_scale() != 0 ? config.attention_scale()
                                                     : 1 / std::sqrt(head_dim);
  Vector out(q[0].size(), 0);
  for (int h = 0; h < heads; ++h) {
    const int key = h / (heads / kv_heads) * head_dim;
    Vector weights(t + 1, 0);
    double total = 0;
    for (int s = 0; s <= t; ++s) {
      double dot = 0;
      for (int i = 0; i < head_dim; ++i) {
        dot += q[t][h * head_dim + i] * k[s][key + i];
      }
      const bool visible = window == 0 || t - s < window;
      const double score = Capped(dot * scale, config.attention_softcap());
      weights[s] = visible ? std::exp(score) : 0;
      total += weights[s];
    }
    for (int s = 0; s <= t; ++s) {
      for (int i = 0; i < head_dim; ++i) {
        out[h * head_dim + i] += weights[s] / total * v[s][key + i];
      }
    }
  }
  return out;
}

Vector PositionVector(int position, int d) {
  Vector p(d);
  for (int i = 0; i < d; i += 2) {
    const double angle =
        position / std::pow(10000.0, static_cast<double>(i) / d);
    p[i] = std::sin(angle);
    p[i + 1] = std::cos(angle);
  }
  return p;
}

// The input of the first block. `x` starts as the token's row.
void AddPosition(const ModelConfig& config, const Matrix& learned, int position,
                 Vector& x) {
  for (double& v : x) v *= config.embedding_multiplier();
  if (config.positions() == ROTARY) return;
  x = Sum(x, config.positions() == LEARNED
                 ? learned[position]
                 : PositionVector(position, x.size()));
}

// One block over all positions of `x`, its parameters taken off `reader`.
void RunBlock(const ModelConfig& config, int index, Reader& reader, Matrix& x) {
  const Layer layer = LayerOf(config, index);
  const int d = config.d_model(), ff = config.d_ff();
  const int heads = config.num_heads();
  const int kv_heads = config.num_kv_heads() ? config.num_kv_heads() : heads;
  const int head_dim = config.head_dim() ? config.head_dim() : d / heads;
  const bool gated = config.mlp() != GELU;
  const auto take_norm_if = [&](bool exists) {
    return exists ? TakeNorm(reader, config) : NormParameters();
  };
  const NormParameters norm1 = take_norm_if(!config.no_pre_norms());
  const bool bias = config.qkv_bias();
  const Affine wq = TakeAffine(reader, heads * head_dim, d, bias);
  const Affine wk = TakeAffine(reader, kv_heads * head_dim, d, bias);
  const Affine wv = TakeAffine(reader, kv_heads * head_dim, d, bias);
  const Affine wo =
      TakeAffine(reader, d, heads * head_dim, config.attention_output_bias());
  const bool over_heads = config.qk_norm_over_heads();
  const Vector q_norm = reader.TakeVectorIf(
      config.qk_norm(), over_heads ? heads * head_dim : head_dim);
  const Vector k_norm = reader.TakeVectorIf(
      config.qk_norm(), over_heads ? kv_heads * head_dim : head_dim);
  const NormParameters after1 = take_norm_if(config.post_norms());
  const NormParameters norm2 = take_norm_if(!config.no_pre_norms());
  Affine gate;
  if (gated) gate = TakeAffine(reader, ff, d, config.mlp_bias());
  const Affine up = TakeAffine(reader, ff, d, config.mlp_bias());
  const Affine down = TakeAffine(reader, d, ff, config.mlp_bias());
  const NormParameters after2 = take_norm_if(config.post_norms());
  const auto before = [&](const Vector& stream, const NormParameters& norm) {
    return config.no_pre_norms() ? stream : Norm(config, stream, norm);
  };
  const auto after = [&](Vector branch, const NormParameters& norm) {
    if (config.post_norms()) branch = Norm(config, branch, norm);
    const double factor = config.residual_multiplier();
    for (double& value : branch) value *= factor != 0 ? factor : 1;
    return branch;
  };
  const auto placed = [&](const Vector& heads_of, const Vector& norm, int t) {
    const Vector normed = NormHeads(config, heads_of, norm);
    return layer.rotated ? Turn(layer.config, normed, head_dim, t) : normed;
  };
  Matrix q, k, v;
  for (size_t t = 0; t < x.size(); ++t) {
    const Vector n = before(x[t], norm1);
    q.push_back(placed(Apply(wq, n), q_norm, t));
    k.push_back(placed(Apply(wk, n), k_norm, t));
    v.push_back(Apply(wv, n));
  }
  for (size_t t = 0; t < x.size(); ++t) {
    const Vector mixed =
        Attend(config, q, k, v, t, heads, kv_heads, layer.window);
    x[t] = Sum(x[t], after(Apply(wo, mixed), after1));
    const Vector n = before(x[t], norm2);
    Vector hidden = Apply(up, n);
    const Vector gates = gated ? Apply(gate, n) : Vector();
    for (int i = 0; i < ff; ++i) {
      if (config.mlp() == GELU) hidden[i] = GeluOf(hidden[i]);
      if (config.mlp() == SWIGLU) hidden[i] *= SiluOf(gates[i]);
      if (config.mlp() == GEGLU) hidden[i] *= GeluOf(gates[i]);
    }
    x[t] = Sum(x[t], after(Apply(down, hidden), after2));
  }
}

}  // namespace

std::vector<double> ReferenceLogits(const ModelConfig& config,
                                    const std::vector<double>& parameters,
                                    const std::vector<uint32_t>& tokens) {
  const int d = config.d_model();
  Reader reader(parameters);
  const Matrix embedding = reader.TakeMatrix(config.vocab_size(), d);
  const Matrix learned = reader.TakeMatrix(
      config.positions() == LEARNED ? config.context_length() : 0, d);
  Matrix x;
  for (size_t t = 0; t < tokens.size(); ++t) {
    x.push_back(embedding[tokens[t]]);
    AddPosition(config, learned, t, x[t]);
  }
  for (uint32_t layer = 0; layer < config.num_layers(); ++layer) {
    RunBlock(config, layer, reader, x);
  }
  const NormParameters norm = TakeNorm(reader, config);
  const Matrix head = config.tied_embeddings()
                          ? embedding
                          : reader.TakeMatrix(config.vocab_size(), d);
  Vector logits;
  for (const Vector& row : x) {
    Vector scores = Multiply(head, Norm(config, row, norm));
    for (double& score : scores) {
      if (config.logits_divisor() != 0) score /= config.logits_divisor();
      score = Capped(score, config.logits_softcap());
    }
    logits.insert(logits.end(), scores.begin(), scores.end());
  }
  return logits;
}

double ReferenceLoss(const ModelConfig& config,
                     const std::vector<double>& parameters,
                     const std::vector<uint32_t>& tokens,
                     const std::vector<uint32_t>& targets) {
  const Vector logits = ReferenceLogits(config, parameters, tokens);
  const size_t vocab = config.vocab_size();
  double loss = 0;
  for (size_t t = 0; t < tokens.size(); ++t) {
    double sum = 0;
    for (size_t i = 0; i < vocab; ++i) sum += std::exp(logits[t * vocab + i]);
    loss += std::log(sum) - logits[t * vocab + targets[t]];
  }
  return loss;
}

}  // namespace quant_curve
