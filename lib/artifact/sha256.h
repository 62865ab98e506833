// SHA-256 (FIPS 180-4), computed by OpenSSL's libcrypto.
#ifndef QUANT_CURVE_LIB_ARTIFACT_SHA256_H_
#define QUANT_CURVE_LIB_ARTIFACT_SHA256_H_

#include <memory>
#include <string>

#include "absl/strings/string_view.h"

namespace quant_curve {

// The digest's 32 raw bytes.
std::string Sha256(absl::string_view bytes);

// The digest of bytes that come in pieces.
//
//   Sha256Stream stream;
//   while (...) stream.Add(piece);
//   const std::string digest = stream.Finish();
class Sha256Stream {
 public:
  Sha256Stream();
  ~Sha256Stream();
  Sha256Stream(const Sha256Stream&) = delete;
  Sha256Stream& operator=(const Sha256Stream&) = delete;

  void Add(absl::string_view bytes);
  // The 32 raw bytes; call once, at the end.
  std::string Finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// 64 lower-case hexadecimal digits of a raw digest.
std::string HexDigest(absl::string_view digest);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_ARTIFACT_SHA256_H_
