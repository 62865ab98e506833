#include "lib/figures/gnuplot.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "lib/artifact/file.h"
#include "lib/artifact/status_macros.h"
#include "lib/artifact/system_error.h"
#include "lib/cli/wait_status.h"

namespace quant_curve {
namespace {

constexpr int64_t kMaxErrorBytes = 1 << 20;
constexpr char kRemedy[] =
    "; install gnuplot-nox (./setup.sh), or give another --gnuplot";

std::string Terminal(const Figure& figure, ImageFormat format) {
  const std::string size = absl::StrCat(figure.width, ",", figure.height);
  const std::string font = "font 'DejaVu Sans,11'";
  if (format == ImageFormat::kPng) {
    return absl::StrCat("set terminal pngcairo size ", size, " noenhanced ",
                        font, "\n");
  }
  // pngcairo draws 96 dots an inch, svg 72: larger letters and thinner lines
  // make both look alike.
  return absl::StrCat("set terminal svg size ", size, " fixed noenhanced ",
                      font, " fontscale 1.3 linewidth 0.75",
                      " background '#ffffff'\n");
}

// Runs gnuplot in `directory` on its file "script"; the image goes to "image",
// messages to "errors". Returns the wait status.
absl::StatusOr<int> RunIn(const std::string& directory,
                          const std::string& gnuplot) {
  const std::string script = directory + "/script";
  const std::string image = directory + "/image";
  const std::string errors = directory + "/errors";
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  absl::Cleanup destroy = [&] { posix_spawn_file_actions_destroy(&files); };
  const int create = O_WRONLY | O_CREAT | O_TRUNC;
  posix_spawn_file_actions_addopen(&files, STDIN_FILENO, script.c_str(),
                                   O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, image.c_str(), create,
                                   0644);
  posix_spawn_file_actions_addopen(&files, STDERR_FILENO, errors.c_str(),
                                   create, 0644);
  std::string program = gnuplot;
  std::string no_start_up_files = "-d";
  std::vector<char*> arguments = {&program[0], &no_start_up_files[0], nullptr};
  // Where the system's cache of fonts is stale, fontconfig complains unless it
  // may write one.
  std::vector<std::string> settings = {"LC_ALL=C", "PATH=/usr/bin:/bin",
                                       "TZ=UTC", "HOME=/nonexistent",
                                       "XDG_CACHE_HOME=" + directory};
  std::vector<char*> environment;
  for (std::string& setting : settings) environment.push_back(&setting[0]);
  environment.push_back(nullptr);
  pid_t child = 0;
  const int error = posix_spawn(&child, program.c_str(), &files, nullptr,
                                arguments.data(), environment.data());
  if (error != 0) {
    return absl::FailedPreconditionError(absl::StrCat(
        gnuplot, ": cannot be run: ", std::strerror(error), kRemedy));
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return absl::InternalError("waitpid failed");
  }
  return status;
}

// Tried again when it fails, for want of file descriptors, perhaps.
void RemoveFolder(const std::string& directory) {
  constexpr int kTries = 3;
  std::error_code error;
  for (int i = 0; i < kTries; ++i) {
    std::filesystem::remove_all(directory, error);
    if (!error) return;
  }
}

bool CouldNotStart(int status) {
  return WIFEXITED(status) && WEXITSTATUS(status) == 127;
}

}  // namespace

absl::Status CheckGnuplot(const std::string& gnuplot) {
  if (access(gnuplot.c_str(), X_OK) == 0) return absl::OkStatus();
  const absl::string_view fault =
      errno == ENOENT ? "gnuplot: not found at this path"
                      : "gnuplot: not a program that may be run";
  return absl::NotFoundError(absl::StrCat(gnuplot, ": ", fault, kRemedy));
}

absl::StatusOr<ImageFormat> FormatOf(const std::string& path) {
  if (absl::EndsWith(path, ".png")) return ImageFormat::kPng;
  if (absl::EndsWith(path, ".svg")) return ImageFormat::kSvg;
  return absl::InvalidArgumentError(
      absl::StrCat(path, ": a figure's name must end in .png or .svg"));
}

std::string GnuplotScript(const Figure& figure, ImageFormat format) {
  return absl::StrCat(Terminal(figure, format), figure.script);
}

absl::StatusOr<std::string> Draw(const Figure& figure, ImageFormat format,
                                 const std::string& gnuplot) {
  const char* root = std::getenv("TMPDIR");
  std::string directory =
      absl::StrCat(root == nullptr ? "/tmp" : root, "/quant_curve_plot_XXXXXX");
  if (mkdtemp(&directory[0]) == nullptr) {
    return SystemError("cannot create", directory, errno);
  }
  absl::Cleanup remove = [&] { RemoveFolder(directory); };
  RETURN_IF_ERROR(WriteFileAtomically(directory + "/script",
                                      GnuplotScript(figure, format)));
  ASSIGN_OR_RETURN(const int status, RunIn(directory, gnuplot));
  ASSIGN_OR_RETURN(const std::string errors,
                   ReadFile(directory + "/errors", kMaxErrorBytes));
  ASSIGN_OR_RETURN(std::string image, ReadFile(directory + "/image"));
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0 || !errors.empty() ||
      image.empty()) {
    const absl::string_view said = absl::StripAsciiWhitespace(errors);
    return absl::InternalError(
        absl::StrCat(gnuplot, ": drew no figure (", DescribeWaitStatus(status),
                     "): ", said.empty() ? "it said nothing" : said,
                     CouldNotStart(status) ? kRemedy : ""));
  }
  return image;
}

std::string Quoted(absl::string_view text) {
  return absl::StrCat("'", absl::StrReplaceAll(text, {{"'", "''"}}), "'");
}

std::string LabelAt(const Figure& figure, const Point& pixel,
                    absl::string_view text, absl::string_view options) {
  return absl::StrFormat("set label %s at screen %.5f,%.5f front %s\n",
                         Quoted(text), pixel.x / figure.width,
                         pixel.y / figure.height, options);
}

std::string UsePanel(const Figure& figure, const Panel& panel) {
  std::string script = absl::StrFormat(
      "set lmargin at screen %.5f\nset rmargin at screen %.5f\n"
      "set bmargin at screen %.5f\nset tmargin at screen %.5f\n",
      panel.box.left / figure.width, panel.box.right / figure.width,
      panel.box.bottom / figure.height, panel.box.top / figure.height);
  const auto add_axis = [&script](char name, const Axis& axis) {
    absl::StrAppendFormat(
        &script, "%s logscale %c\nset %crange [%.10g:%.10g]\n",
        axis.log ? "set" : "unset", name, name, axis.low, axis.high);
    if (axis.ticks.empty()) {
      absl::StrAppendFormat(&script, "unset %ctics\n", name);
      return;
    }
    absl::StrAppendFormat(
        &script, "set %ctics scale 0.6 (%s)\n", name,
        absl::StrJoin(axis.ticks, ", ", [](std::string* out, const Tick& tick) {
          absl::StrAppendFormat(out, "%s %.10g", Quoted(tick.label),
                                tick.value);
        }));
  };
  add_axis('x', panel.x);
  add_axis('y', panel.y);
  return script;
}

}  // namespace quant_curve
