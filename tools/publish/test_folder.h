// A folder in a test's own scratch, and publications that are made by hand.
#ifndef QUANT_CURVE_TOOLS_PUBLISH_TEST_FOLDER_H_
#define QUANT_CURVE_TOOLS_PUBLISH_TEST_FOLDER_H_

#include <map>
#include <string>
#include <vector>

#include "tools/publish/published_file.h"

namespace quant_curve {

// An empty folder that no other test has.
std::string NewTestFolder();

// Writes the file, and the folders that it is in.
void WriteTestFile(const std::string& path, const std::string& contents);

// Path in the folder to contents of all that is below it and not a folder; a
// link's contents are "-> TARGET".
std::map<std::string, std::string> FilesBelow(const std::string& folder);

// The files with a manifest.json of publish that names them and, in
// provenance/, a manifest for each.
std::vector<PublishedFile> Publication(
    const std::map<std::string, std::string>& files);

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_PUBLISH_TEST_FOLDER_H_
