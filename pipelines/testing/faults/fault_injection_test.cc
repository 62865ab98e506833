// Every tool that writes, with each of its system calls failing in turn: the
// right files or one clear line, and then the old files. Nothing torn, nothing
// left behind.
#include <sys/wait.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gtest/gtest.h"
#include "pipelines/testing/faults/faulty_run.h"
#include "pipelines/testing/faults/tool_runs.h"

namespace quant_curve {
namespace {

// How each call can fail: errnos of Linux, and what fault_shim.cc adds.
std::vector<std::string> ModesOf(const std::string &call) {
  const std::map<std::string, std::vector<std::string>> modes = {
      {"open", {"24"}},            // EMFILE
      {"create", {"28"}},          // ENOSPC
      {"read", {"5", "zero"}},     // EIO
      {"write", {"28", "short"}},  // ENOSPC
      {"fsync", {"5"}},
      {"close", {"5"}},
      {"rename", {"5"}},
      {"link", {"5"}},
      {"mkdir", {"28"}},
      {"mmap", {"12"}},
      {"thread", {"11"}},  // EAGAIN
      {"unlink", {}}};     // of temporaries: what cannot be removed stays
  return modes.at(call);
}

std::vector<std::string> Lines(const std::string &text) {
  return absl::StrSplit(text, '\n', absl::SkipEmpty());
}

// out/ and tmp/ together.
Files Outputs() {
  Files files = FilesIn(Work() + "/out");
  for (const auto &[name, bytes] : FilesIn(Work() + "/tmp")) {
    files[absl::StrCat("$TMPDIR/", name)] = bytes;
  }
  return files;
}

class FaultInjectionTest : public ::testing::TestWithParam<std::string> {
 protected:
  Outcome RunFrom(const Files &before, const Fault &fault) const {
    SetFiles(Work() + "/out", before);
    SetFiles(Work() + "/tmp", {});
    return RunTool(run_.tool, run_.flags, fault);
  }

  // With each call of a run failing in turn, in each way.
  void InjectAll(const std::vector<std::string> &settings) {
    const Outcome whole = RunFrom(run_.before, {0, "", settings});
    ASSERT_EQ(whole.wait_status, 0) << whole.errors;
    const Files expected = Outputs();
    const size_t lines = Lines(whole.errors).size();
    ASSERT_GT(whole.calls.size(), 10u) << "the shim is not loaded";
    for (size_t at = 1; at <= whole.calls.size(); ++at) {
      for (const std::string &mode : ModesOf(whole.calls[at - 1])) {
        const Outcome outcome =
            RunFrom(run_.before, {static_cast<int>(at), mode, settings});
        SCOPED_TRACE(absl::StrCat(run_.name, ": call ", at, ", ",
                                  whole.calls[at - 1], ", fails: ", mode, ". ",
                                  outcome.errors));
        Check(outcome, expected, lines);
      }
    }
  }

  void Check(const Outcome &outcome, const Files &expected,
             size_t lines) const {
    if (outcome.wait_status == 0) {
      EXPECT_EQ(Difference(expected, Outputs()), "") << "exit 0";
      return;
    }
    ASSERT_TRUE(WIFEXITED(outcome.wait_status) &&
                WEXITSTATUS(outcome.wait_status) == 1)
        << "wait status " << outcome.wait_status;
    EXPECT_EQ(Difference(run_.before, Outputs()), "") << "exit 1";
    const std::vector<std::string> said = Lines(outcome.errors);
    ASSERT_FALSE(said.empty()) << "no message";
    EXPECT_TRUE(absl::StartsWith(said.back(), run_.tool + ": "));
    EXPECT_LE(said.size(), lines + 1) << "more than one line";
  }

  ToolRun run_ = GetToolRun(GetParam());
};

TEST_P(FaultInjectionTest, EachFailingCallGivesTheRightFilesOrOneClearLine) {
  InjectAll({});
}

std::string NameOf(const ::testing::TestParamInfo<std::string> &info) {
  return info.param;
}

INSTANTIATE_TEST_SUITE_P(Tools, FaultInjectionTest,
                         ::testing::ValuesIn(ToolRunNames()), NameOf);

// Where temporaries have names, and folders cannot change places.
class OldFileSystemTest : public FaultInjectionTest {};

TEST_P(OldFileSystemTest, EachFailingCallGivesTheRightFilesOrOneClearLine) {
  InjectAll(
      {"QUANT_CURVE_FAULT_NO_TMPFILE=1", "QUANT_CURVE_FAULT_NO_EXCHANGE=1"});
}

INSTANTIATE_TEST_SUITE_P(Tools, OldFileSystemTest,
                         ::testing::Values("report", "publish"), NameOf);

// Calls that change no name and no byte of a file with a name: killed before
// the next call, a tool leaves the same.
bool ChangesNothing(const std::string &call) {
  return call == "open" || call == "read" || call == "close" ||
         call == "fsync" || call == "mmap" || call == "thread";
}

// Killed before each call that changes files in turn, and once in the end. What
// is left is old or new, and the next run makes the right files and clears away
// the rest.
class KillTest : public FaultInjectionTest {
 protected:
  void KillAll(const std::vector<std::string> &settings) {
    const Outcome whole = RunFrom(run_.before, {0, "", settings});
    ASSERT_EQ(whole.wait_status, 0) << whole.errors;
    expected_ = Outputs();
    const size_t last = whole.calls.size();
    for (size_t at = 1; at <= last; ++at) {
      if (at < last && ChangesNothing(whole.calls[at - 1])) continue;
      const Outcome killed =
          RunFrom(run_.before, {static_cast<int>(at), "kill", settings});
      SCOPED_TRACE(absl::StrCat(run_.name, ": killed before call ", at, ", ",
                                whole.calls[at - 1]));
      ASSERT_TRUE(WIFSIGNALED(killed.wait_status));
      CheckLeft(settings);
      const Outcome again = RunTool(run_.tool, run_.flags, {0, "", settings});
      // export refuses a folder that is there already, whole.
      EXPECT_TRUE(again.wait_status == 0 || run_.name == "export_folder")
          << again.errors;
      EXPECT_EQ(Difference(expected_, Outputs()), "");
    }
  }

  // Every file that was or will be there is the old one or the new one.
  virtual void CheckLeft(const std::vector<std::string> &) const {
    const Files left = Outputs();
    for (const auto &[name, bytes] : left) {
      const auto before = run_.before.find(name);
      const auto after = expected_.find(name);
      if (before == run_.before.end() && after == expected_.end()) continue;
      EXPECT_TRUE((before != run_.before.end() && before->second == bytes) ||
                  (after != expected_.end() && after->second == bytes))
          << name;
    }
    for (const auto &[name, bytes] : run_.before) {
      EXPECT_EQ(left.count(name), 1u) << name;
    }
  }

  Files expected_;
};

TEST_P(KillTest, LeavesEachFileOldOrNewAndTheNextRunClearsTheRest) {
  KillAll({});
}

TEST_P(KillTest, AndSoWhereTemporariesHaveNames) {
  KillAll({"QUANT_CURVE_FAULT_NO_TMPFILE=1"});
}

INSTANTIATE_TEST_SUITE_P(Tools, KillTest,
                         ::testing::Values("corpus", "corpus_anew",
                                           "export_folder", "publish_anew"),
                         NameOf);

// A publication is old or new as a whole; where folders cannot change places,
// once the next run of publish has looked at it, even if it publishes nothing.
class KilledPublicationTest : public KillTest {
 protected:
  static Files Experiment(const Files &all) {
    Files experiment;
    for (const auto &[name, bytes] : all) {
      if (absl::StartsWith(name, "experiment/")) experiment[name] = bytes;
    }
    return experiment;
  }

  void CheckLeft(const std::vector<std::string> &settings) const override {
    if (!settings.empty()) {
      const Outcome checked =
          RunTool("publish",
                  {absl::StrCat("--output_dir=", Work(), "/out/experiment"),
                   "--check_only"},
                  {});
      ASSERT_EQ(checked.wait_status, 0) << checked.errors;
    }
    const Files left = Experiment(Outputs());
    const std::string from_old = Difference(Experiment(run_.before), left);
    const std::string from_new = Difference(Experiment(expected_), left);
    EXPECT_TRUE(from_old.empty() || from_new.empty())
        << "old:" << from_old << " new:" << from_new;
    if (!settings.empty()) {
      EXPECT_EQ(Experiment(Outputs()).size(), Outputs().size())
          << "left beside it";
    }
  }
};

TEST_P(KilledPublicationTest, IsOldOrNew) { KillAll({}); }

TEST_P(KilledPublicationTest, IsOldOrNewOnceTheNextRunHasSeenIt) {
  KillAll({"QUANT_CURVE_FAULT_NO_EXCHANGE=1"});
}

INSTANTIATE_TEST_SUITE_P(Tools, KilledPublicationTest,
                         ::testing::Values("publish"), NameOf);

}  // namespace
}  // namespace quant_curve
