#include "lib/report/html.h"

#include "gtest/gtest.h"

namespace quant_curve {
namespace {

TEST(HtmlTest, NothingOpensAnElementOrEndsAnAttribute) {
  EXPECT_EQ(EscapeHtml("</script><img onerror=\"a('b')\">&amp;"),
            "&lt;/script&gt;&lt;img onerror=&quot;a(&#39;b&#39;)&quot;&gt;"
            "&amp;amp;");
}

TEST(HtmlTest, MarksBecomeElements) {
  EXPECT_EQ(InlineHtml("**Ship `a`: 1 < 2.** *At most* 3"),
            "<strong>Ship <code>a</code>: 1 &lt; 2.</strong> <em>At most</em> "
            "3");
  EXPECT_EQ(InlineHtml("+1 %, 50%"), "+1&nbsp;%, 50%");
  EXPECT_EQ(PlainText("dominated by `a`, **b**"), "dominated by a, b");
}

TEST(HtmlTest, MarksInCodeAreText) {
  EXPECT_EQ(InlineHtml("`a**b*c`"), "<code>a**b*c</code>");
}

TEST(HtmlTest, WhatIsLeftOpenIsClosed) {
  EXPECT_EQ(InlineHtml("**a `b"), "<strong>a <code>b</code></strong>");
}

TEST(HtmlTest, BlocksAreHeadingsTablesAndParagraphs) {
  EXPECT_EQ(
      BlocksHtml("## A & B\n\n| x | y |\n| --- | ---: |\n| `1` | 2 |\n\nEnd.\n",
                 "a \"table\""),
      "<h3>A &amp; B</h3>\n"
      "<div class=\"scroll\" role=\"region\" tabindex=\"0\" "
      "aria-label=\"a &quot;table&quot;\"><table>\n"
      "<thead><tr><th scope=\"col\">x</th><th scope=\"col\">y</th></tr>\n"
      "</thead>\n<tbody>\n"
      "<tr><th scope=\"row\"><code>1</code></th><td>2</td></tr>\n"
      "</tbody></table></div>\n<p>End.</p>\n");
}

}  // namespace
}  // namespace quant_curve
