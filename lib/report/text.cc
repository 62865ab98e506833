#include "lib/report/text.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"

namespace quant_curve {

std::string Thousands(uint64_t value) {
  const std::string digits = absl::StrCat(value);
  std::string text;
  for (size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) text.push_back(',');
    text.push_back(digits[i]);
  }
  return text;
}

std::string KibText(double bytes) {
  return absl::StrFormat("%.1f KiB", bytes / 1024);
}

std::string PointsText(const Estimate& points) {
  if (points.value == 0 && points.standard_error == 0) return "0";
  int decimals = 1;
  for (double error = 10 * points.standard_error;
       error > 0 && error < 9.95 && decimals < 6; error *= 10) {
    ++decimals;
  }
  std::string value = absl::StrFormat("%+.*f", decimals, points.value);
  // A value that rounds to zero has no sign to speak of: "-0.0" would mislead.
  if (value.find_first_of("123456789") == std::string::npos) value[0] = '+';
  return absl::StrFormat("%s ± %.*f", value, decimals, points.standard_error);
}

std::string MeasuredText(const Estimate& estimate) {
  if (estimate.value < 1e-3) {
    return absl::StrFormat("%.2e ± %.1e", estimate.value,
                           estimate.standard_error);
  }
  const std::string text = PointsText(estimate);
  return text[0] == '+' ? text.substr(1) : text;
}

std::string PercentText(const Estimate& percent) {
  return absl::StrCat(PointsText(percent), " %");
}

std::string ShareText(double share) {
  return absl::StrFormat("%.1f %%", 100 * share);
}

std::string Code(absl::string_view name) {
  return absl::StrCat("`", name, "`");
}

std::string CodeList(const std::vector<std::string>& names) {
  std::string text;
  for (size_t i = 0; i < names.size(); ++i) {
    if (i > 0) absl::StrAppend(&text, i + 1 == names.size() ? " and " : ", ");
    absl::StrAppend(&text, Code(names[i]));
  }
  return text;
}

std::string MarkdownTable(const std::vector<std::string>& header,
                          const std::vector<std::vector<std::string>>& rows) {
  std::string text = absl::StrCat("| ", absl::StrJoin(header, " | "), " |\n|");
  for (size_t i = 0; i < header.size(); ++i) {
    absl::StrAppend(&text, i == 0 ? " --- |" : " ---: |");
  }
  text.push_back('\n');
  for (const std::vector<std::string>& row : rows) {
    absl::StrAppend(&text, "| ", absl::StrJoin(row, " | "), " |\n");
  }
  return text;
}

}  // namespace quant_curve
