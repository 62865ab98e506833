#include "lib/model/reference_model.h"

#include <cmath>

#include "lib/model/config.h"
#include "lib/numerics/random.h"

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

  Matrix TakeMatrix(int rows, int columns) {
    Matrix m;
    for (int i = 0; i < rows; ++i) m.push_back(TakeVector(columns));
    return m;
  }

 private:
  const Vector& flat_;
  size_t at_ = 0;
};

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

Vector Norm(const Vector& x, const Vector& scale, const Vector& shift,
            double epsilon) {
  double mean = 0, variance = 0;
  for (const double v : x) mean += v / x.size();
  for (const double v : x) variance += (v - mean) * (v - mean) / x.size();
  Vector y(x.size());
  for (size_t i = 0; i < x.size(); ++i) {
    y[i] = (x[i] - mean) / std::sqrt(variance + epsilon) * scale[i] + shift[i];
  }
  return y;
}

double GeluOf(double x) {
  return 0.5 * x *
         (1 + std::tanh(std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x)));
}

// Attention of position `t` over 0 … t, all heads.
Vector Attend(const Matrix& q, const Matrix& k, const Matrix& v, int t,
              int heads) {
  const int head_dim = q[0].size() / heads;
  Vector out(q[0].size(), 0);
  for (int h = 0; h < heads; ++h) {
    Vector weights(t + 1, 0);
    double total = 0;
    for (int s = 0; s <= t; ++s) {
      double dot = 0;
      for (int i = h * head_dim; i < (h + 1) * head_dim; ++i) {
        dot += q[t][i] * k[s][i];
      }
      weights[s] = std::exp(dot / std::sqrt(head_dim));
      total += weights[s];
    }
    for (int s = 0; s <= t; ++s) {
      for (int i = h * head_dim; i < (h + 1) * head_dim; ++i) {
        out[i] += weights[s] / total * v[s][i];
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

}  // namespace

std::vector<double> ReferenceLogits(const ModelConfig& config,
                                    const std::vector<double>& parameters,
                                    const std::vector<uint32_t>& tokens) {
  const int d = config.d_model(), ff = config.d_ff();
  const double epsilon = config.layer_norm_epsilon();
  const int length = tokens.size();
  Reader reader(parameters);
  const Matrix embedding = reader.TakeMatrix(config.vocab_size(), d);
  Matrix x;
  for (int t = 0; t < length; ++t) {
    x.push_back(PositionVector(t, d));
    for (int i = 0; i < d; ++i) {
      x[t][i] += config.embedding_multiplier() * embedding[tokens[t]][i];
    }
  }
  for (uint32_t layer = 0; layer < config.num_layers(); ++layer) {
    const Vector scale1 = reader.TakeVector(d), shift1 = reader.TakeVector(d);
    const Matrix wq = reader.TakeMatrix(d, d), wk = reader.TakeMatrix(d, d);
    const Matrix wv = reader.TakeMatrix(d, d), wo = reader.TakeMatrix(d, d);
    const Vector scale2 = reader.TakeVector(d), shift2 = reader.TakeVector(d);
    const Matrix w1 = reader.TakeMatrix(ff, d);
    const Vector b1 = reader.TakeVector(ff);
    const Matrix w2 = reader.TakeMatrix(d, ff);
    const Vector b2 = reader.TakeVector(d);
    Matrix q, k, v;
    for (int t = 0; t < length; ++t) {
      const Vector n = Norm(x[t], scale1, shift1, epsilon);
      q.push_back(Multiply(wq, n));
      k.push_back(Multiply(wk, n));
      v.push_back(Multiply(wv, n));
    }
    for (int t = 0; t < length; ++t) {
      x[t] = Sum(x[t], Multiply(wo, Attend(q, k, v, t, config.num_heads())));
      Vector hidden =
          Sum(Multiply(w1, Norm(x[t], scale2, shift2, epsilon)), b1);
      for (double& h : hidden) h = GeluOf(h);
      x[t] = Sum(x[t], Sum(Multiply(w2, hidden), b2));
    }
  }
  const Vector scale = reader.TakeVector(d), shift = reader.TakeVector(d);
  Vector logits;
  for (int t = 0; t < length; ++t) {
    const Vector row = Multiply(embedding, Norm(x[t], scale, shift, epsilon));
    logits.insert(logits.end(), row.begin(), row.end());
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

ModelConfig TinyConfig() {
  ModelConfig config;
  config.set_vocab_size(11);
  config.set_d_model(12);
  config.set_num_layers(2);
  config.set_num_heads(3);
  config.set_d_ff(20);
  config.set_context_length(9);
  config.set_layer_norm_epsilon(1e-5f);
  config.set_embedding_multiplier(3);
  return config;
}

std::vector<double> TinyParameters(const ModelConfig& config, uint64_t seed) {
  Random random(seed);
  Vector parameters(NumParameters(config));
  // Exact in float, so that both sides start from the same numbers.
  for (double& p : parameters) {
    p = static_cast<float>(random.Uniform() - 0.5);
  }
  return parameters;
}

}  // namespace quant_curve
