// SHA-256 (FIPS 180-4), computed by OpenSSL's libcrypto.
#ifndef QUANT_CURVE_LIB_ARTIFACT_SHA256_H_
#define QUANT_CURVE_LIB_ARTIFACT_SHA256_H_

#include <string>

#include "absl/strings/string_view.h"

namespace quant_curve {

// The digest's 32 raw bytes.
std::string Sha256(absl::string_view bytes);

// 64 lower-case hexadecimal digits of a raw digest.
std::string HexDigest(absl::string_view digest);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_ARTIFACT_SHA256_H_
