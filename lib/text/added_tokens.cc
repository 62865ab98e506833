#include "lib/text/added_tokens.h"

#include <algorithm>

#include "lib/artifact/status_macros.h"
#include "lib/text/unicode.h"
#include "lib/text/utf8.h"

namespace quant_curve {
namespace {

uint64_t KeyOf(uint32_t node, uint8_t byte) {
  return uint64_t{node} << 8 | byte;
}

// Where the last character before `end` starts, which is not 0.
size_t PreviousCharacter(absl::string_view text, size_t end) {
  size_t start = end - 1;
  while ((text[start] & 0xc0) == 0x80) --start;
  return start;
}

bool TouchesWord(absl::string_view text, size_t start, size_t end) {
  const auto is_word = [text](size_t at) {
    return IsWordCharacter(FirstCodePoint(text.substr(at)).value);
  };
  return (start > 0 && is_word(PreviousCharacter(text, start))) ||
         (end < text.size() && is_word(end));
}

bool IsSpaceAt(absl::string_view text, size_t at) {
  return IsSpace(FirstCodePoint(text.substr(at)).value);
}

}  // namespace

AddedTokens::AddedTokens(const std::vector<Token>& tokens) {
  nodes_.push_back({kRoot, kRoot, kNoToken, 0});
  of_root_.fill(kRoot);
  for (const Token& token : tokens) Insert(token);
  SetFallbacks();
}

absl::Status AddedTokens::ForEachPart(
    absl::string_view text,
    absl::FunctionRef<absl::Status(const TextPart&)> visit) const {
  const std::vector<Match> matches = Matches(text);
  size_t searched = 0;    // where the next token may start
  size_t end = 0;         // of the parts so far
  size_t spaces_end = 0;  // of the last white space that was taken
  for (auto match = matches.rbegin(); match != matches.rend(); ++match) {
    if (match->start < searched) continue;
    const Found& token = tokens_[match->token];
    size_t start = match->start;
    size_t stop = searched = start + token.size_bytes;
    if (token.single_word && TouchesWord(text, start, stop)) continue;
    while (token.lstrip && start > end) {
      const size_t previous = PreviousCharacter(text, start);
      if (!IsSpaceAt(text, previous)) break;
      start = previous;
    }
    if (token.rstrip) {
      stop = std::max(stop, spaces_end);
      while (stop < text.size() && IsSpaceAt(text, stop)) {
        stop += CodePointBytes(text[stop]);
      }
      spaces_end = stop;
    }
    if (start > end)
      RETURN_IF_ERROR(visit({text.substr(end, start - end), {}}));
    RETURN_IF_ERROR(visit({text.substr(start, stop - start), token.id}));
    end = stop;
  }
  if (end == text.size()) return absl::OkStatus();
  return visit({text.substr(end), {}});
}

void AddedTokens::Insert(const Token& token) {
  uint32_t node = kRoot;
  for (auto byte = token.bytes.rbegin(); byte != token.bytes.rend(); ++byte) {
    const uint8_t value = static_cast<uint8_t>(*byte);
    uint32_t& child =
        node == kRoot ? of_root_[value] : children_[KeyOf(node, value)];
    if (child == kRoot) {
      child = static_cast<uint32_t>(nodes_.size());
      nodes_.push_back({node, kRoot, kNoToken, value});
    }
    node = child;
  }
  nodes_[node].token = static_cast<uint32_t>(tokens_.size());
  tokens_.push_back({static_cast<uint32_t>(token.bytes.size()), token.id,
                     token.lstrip, token.rstrip, token.single_word});
}

void AddedTokens::SetFallbacks() {
  // Shorter ones first: a fallback is shorter than what it is of. Parents have
  // lower numbers than their children.
  std::vector<uint32_t> depth(nodes_.size(), 0);
  std::vector<uint32_t> order;
  for (uint32_t i = 1; i < nodes_.size(); ++i) {
    depth[i] = depth[nodes_[i].parent] + 1;
    order.push_back(i);
  }
  std::stable_sort(
      order.begin(), order.end(),
      [&depth](uint32_t a, uint32_t b) { return depth[a] < depth[b]; });
  for (const uint32_t i : order) {
    Node& node = nodes_[i];
    if (node.parent != kRoot) {
      node.fallback = Next(nodes_[node.parent].fallback, node.byte);
    }
    if (node.token == kNoToken) node.token = nodes_[node.fallback].token;
  }
}

uint32_t AddedTokens::Next(uint32_t node, uint8_t byte) const {
  while (node != kRoot) {
    const auto child = children_.find(KeyOf(node, byte));
    if (child != children_.end()) return child->second;
    node = nodes_[node].fallback;
  }
  return of_root_[byte];
}

std::vector<AddedTokens::Match> AddedTokens::Matches(
    absl::string_view text) const {
  std::vector<Match> matches;
  if (tokens_.empty()) return matches;
  uint32_t node = kRoot;
  for (size_t i = text.size(); i-- > 0;) {
    node = Next(node, static_cast<uint8_t>(text[i]));
    if (nodes_[node].token == kNoToken) continue;
    matches.push_back({static_cast<uint32_t>(i), nodes_[node].token});
  }
  return matches;
}

}  // namespace quant_curve
