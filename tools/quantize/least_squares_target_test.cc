#include "tools/quantize/least_squares_target.h"

#include <Eigen/Dense>

#include "gtest/gtest.h"
#include "tools/quantize/test_matrices.h"

namespace quant_curve {
namespace {

constexpr double kDamping = 0.01;
constexpr int kOut = 50, kIn = 70, kTokens = 200;

using Dense =
    Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

Dense ToEigen(const Matrix& m) {
  return Eigen::Map<const Dense>(m.values.data(), m.rows, m.columns);
}

Matrix FromEigen(const Dense& m) {
  Matrix result(m.rows(), m.cols());
  Eigen::Map<Dense>(result.values.data(), m.rows(), m.cols()) = m;
  return result;
}

// Correlated inputs [in, tokens] of the float model and others near them.
struct Inputs {
  Dense ours, floats;

  Matrix Hessian() const {
    return FromEigen(ours * ours.transpose() / kTokens);
  }
  Matrix Drift() const {
    return FromEigen((ours - floats) * ours.transpose() / kTokens);
  }
};

Inputs SomeInputs() {
  Inputs inputs;
  inputs.floats = ToEigen(RandomMatrix(kIn, kTokens, 1));
  for (int i = 1; i < kIn; ++i) {
    inputs.floats.row(i) += 0.8 * inputs.floats.row(i - 1);
  }
  inputs.ours = inputs.floats + 0.2 * ToEigen(RandomMatrix(kIn, kTokens, 2));
  return inputs;
}

Matrix Target(const Matrix& weights, const Inputs& inputs, int threads = 2) {
  ThreadPool pool(threads);
  const HessianFactor factor =
      FactorHessian(inputs.Hessian(), kDamping, pool).value();
  return LeastSquaresTarget(weights, inputs.Drift(), factor, pool);
}

TEST(LeastSquaresTargetTest, IsTheWeightToTheBitWhenTheInputsAreTheSame) {
  const Matrix weights = RandomMatrix(kOut, kIn, 3);
  Inputs inputs = SomeInputs();
  inputs.ours = inputs.floats;
  EXPECT_EQ(Target(weights, inputs).values, weights.values);
}

// The least-squares problem solved as such: |W X - T X'|^2 / n +
// lambda |W - T|^2 is a regression on X' and sqrt(n lambda) I, by QR.
TEST(LeastSquaresTargetTest, SolvesTheDampedRegression) {
  const Matrix weights = RandomMatrix(kOut, kIn, 3);
  const Inputs inputs = SomeInputs();
  const Dense w = ToEigen(weights);
  const Matrix hessian = inputs.Hessian();
  const double lambda = kDamping * ToEigen(hessian).diagonal().mean();
  const double root = std::sqrt(kTokens * lambda);
  Dense regressors(kTokens + kIn, kIn);
  regressors << Dense(inputs.ours.transpose()),
      Dense(root * Dense::Identity(kIn, kIn));
  Dense outputs(kTokens + kIn, kOut);
  outputs << Dense((w * inputs.floats).transpose()),
      Dense(root * w.transpose());
  const Dense expected = Eigen::MatrixXd(regressors)
                             .colPivHouseholderQr()
                             .solve(Eigen::MatrixXd(outputs))
                             .transpose();
  const Dense found = ToEigen(Target(weights, inputs));
  EXPECT_LT((found - expected).cwiseAbs().maxCoeff(), 1e-10);
  EXPECT_GT((found - w).cwiseAbs().maxCoeff(), 0.01);
}

// tr((T - Q) H (T - Q)^T) and |W X - Q X'|^2 / n differ by the same number for
// every Q, but for the damping: with next to none they order all Q alike.
TEST(LeastSquaresTargetTest, DistancesFromItAreErrorsOfTheOutputs) {
  const Matrix weights = RandomMatrix(kOut, kIn, 3);
  const Inputs inputs = SomeInputs();
  ThreadPool pool(1);
  const HessianFactor factor =
      FactorHessian(inputs.Hessian(), 1e-10, pool).value();
  const Dense target =
      ToEigen(LeastSquaresTarget(weights, inputs.Drift(), factor, pool));
  const Dense h = ToEigen(inputs.Hessian());
  const Dense outputs = ToEigen(weights) * inputs.floats;
  const auto difference = [&](const Dense& q) {
    const double distance =
        ((target - q) * h * (target - q).transpose()).trace();
    return (outputs - q * inputs.ours).squaredNorm() / kTokens - distance;
  };
  const double expected = difference(target);
  for (uint64_t seed = 10; seed < 15; ++seed) {
    const Dense q = target + 0.1 * ToEigen(RandomMatrix(kOut, kIn, seed));
    EXPECT_NEAR(difference(q), expected, 1e-6 * expected);
  }
}

TEST(LeastSquaresTargetTest, DeadColumnsKeepTheirWeights) {
  const Matrix weights = RandomMatrix(kOut, kIn, 3);
  Inputs inputs = SomeInputs();
  inputs.ours.row(5).setZero();
  const Matrix target = Target(weights, inputs);
  for (int row = 0; row < kOut; ++row) {
    EXPECT_EQ(target.Row(row)[5], weights.Row(row)[5]);
  }
}

TEST(LeastSquaresTargetTest, ThreadsChangeNoBit) {
  const Matrix weights = RandomMatrix(131, kIn, 3);
  const Inputs inputs = SomeInputs();
  EXPECT_EQ(Target(weights, inputs, 1).values,
            Target(weights, inputs, 4).values);
}

}  // namespace
}  // namespace quant_curve
