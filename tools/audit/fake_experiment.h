// A small published experiment for tests: consistent, in memory, made without
// any tool.
#ifndef QUANT_CURVE_TOOLS_AUDIT_FAKE_EXPERIMENT_H_
#define QUANT_CURVE_TOOLS_AUDIT_FAKE_EXPERIMENT_H_

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"
#include "lib/measurement/sweep.h"
#include "proto/artifact.pb.h"
#include "proto/measurement.pb.h"
#include "proto/provenance.pb.h"
#include "proto/quantized_model.pb.h"
#include "tools/audit/audit.h"
#include "tools/audit/evidence.h"

namespace quant_curve {

// A corpus, a checkpoint, Hessians, two schemes' models and measurements
// ("fp32", "int8_per_channel"), a timing; of those pareto.png,
// verb_tense_accuracy.png, latency_pareto.png, roofline_overlay.png,
// speedup_ladder.png, results.json, speed.json and README.md. Published are
// these files, the measurements and the timing.
class FakeExperiment {
 public:
  FakeExperiment();

  // What a stage wrote; `edit`, when given, changes its manifest before
  // anything names it.
  using Edit = std::function<void(Statement&)>;
  void EditManifest(const std::string& name, Edit edit) {
    edits_[name] = std::move(edit);
  }
  // Bytes instead of those that the experiment would write.
  void Replace(const std::string& name, std::string bytes) {
    replaced_[name] = std::move(bytes);
  }

  // The folder. Artifacts that are not published are present if `complete`.
  Evidence Publish(bool complete = true);

  // Digests of the tools that the manifests name.
  static AuditOptions Options();

 private:
  struct File {
    std::string name;
    std::string bytes;
    Statement manifest;
    std::string json;  // of the manifest, when it was made
  };
  struct Made {  // what Write() is told
    std::string stage;
    std::string name;
    std::string kind;
    std::map<std::string, std::string> flags;
    // (flag, name of the file)
    std::vector<std::pair<std::string, std::string>> inputs;
    std::string output = "output";  // the flag that named the file
  };

  void WriteCorpusAndModel();
  void WriteScheme(const std::string& scheme, const ByteAccount& bytes,
                   double perplexity);
  void WriteModel(const Measurement& measurement);
  void WriteTiming();
  void WriteSizeFigures();
  void WriteSpeedFigures();
  void WriteReports();
  Evidence PublishFiles(bool complete);

  // The measurements named by `made`, as a sweep.
  std::optional<Sweep> SweepOf(const Made& made) const;
  void WriteFigure(Made made, const std::string& figure);
  void WriteArtifact(const Made& made, ArtifactKind kind,
                     const google::protobuf::Message& message);
  void WriteFile(const Made& made, std::string bytes,
                 const google::protobuf::Descriptor* schema,
                 const Annotations& annotations);
  void Write(const Made& made, std::string bytes, Statement statement,
             const google::protobuf::Descriptor* schema);
  const File& Find(const std::string& name) const;
  std::string RawDigest(const std::string& name) const;

  std::map<std::string, Edit> edits_;
  std::map<std::string, std::string> replaced_;
  std::vector<File> files_;  // in the order in which they were made
};

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_AUDIT_FAKE_EXPERIMENT_H_
