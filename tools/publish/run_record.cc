#include "tools/publish/run_record.h"

#include <sys/utsname.h>
#include <unistd.h>

#include <ctime>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "lib/measurement/cpu_model.h"
#include "nlohmann/json.hpp"

namespace quant_curve {
namespace {

std::string Iso8601(int64_t unix_seconds) {
  const std::time_t time = unix_seconds;
  std::tm utc = {};
  gmtime_r(&time, &utc);
  return absl::StrFormat("%04d-%02d-%02dT%02d:%02d:%02dZ", utc.tm_year + 1900,
                         utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min,
                         utc.tm_sec);
}

}  // namespace

RunRecord RecordOfThisMachine() {
  RunRecord record;
  record.finished_unix_seconds = std::time(nullptr);
  record.cpu_model = CpuModel();
  record.cores = static_cast<int>(sysconf(_SC_NPROCESSORS_ONLN));
  struct utsname name;
  if (uname(&name) == 0) {
    record.kernel =
        absl::StrCat(name.sysname, " ", name.release, " ", name.machine);
  }
  return record;
}

std::string RunJson(const RunRecord& record) {
  nlohmann::json json;
  const auto set = [&json](const char* key, const std::string& value) {
    if (!value.empty()) json[key] = value;
  };
  json["note"] =
      "When and where. No manifest covers this file and no stage reads it.";
  json["finished"] = Iso8601(record.finished_unix_seconds);
  if (record.started_unix_seconds > 0) {
    json["started"] = Iso8601(record.started_unix_seconds);
    json["wall_seconds"] =
        record.finished_unix_seconds - record.started_unix_seconds;
  }
  if (record.cores > 0) json["cores"] = record.cores;
  set("cpu_model", record.cpu_model);
  set("kernel", record.kernel);
  set("bazel_processes", record.bazel_processes);
  if (!record.git_commit.empty()) {
    json["git_commit"] = record.git_commit;
    json["git_dirty"] = record.git_dirty;
  }
  return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) +
         "\n";
}

}  // namespace quant_curve
