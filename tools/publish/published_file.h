// The files of a publication and where they are in its folder.
#ifndef QUANT_CURVE_TOOLS_PUBLISH_PUBLISHED_FILE_H_
#define QUANT_CURVE_TOOLS_PUBLISH_PUBLISHED_FILE_H_

#include <string>

namespace quant_curve {

inline constexpr char kArtifactsFolder[] = "artifacts";
inline constexpr char kProvenanceFolder[] = "provenance";
inline constexpr char kRootManifest[] = "manifest.json";
inline constexpr char kRunRecord[] = "run.json";

struct PublishedFile {
  std::string name;  // "README.md", or in a folder: "artifacts/fp32.qca"
  std::string contents;
};

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_PUBLISH_PUBLISHED_FILE_H_
