#include "lib/artifact/sha256.h"

#include <openssl/sha.h>

#include "absl/strings/escaping.h"

namespace quant_curve {

std::string Sha256(absl::string_view bytes) {
  std::string digest(SHA256_DIGEST_LENGTH, '\0');
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
         reinterpret_cast<unsigned char*>(&digest[0]));
  return digest;
}

std::string HexDigest(absl::string_view digest) {
  return absl::BytesToHexString(digest);
}

}  // namespace quant_curve
