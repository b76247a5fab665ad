"""The words that the theme and the extensions put on a page, in both languages.

The site is built in English, so the English side is what the templates print; a word missing
here stays English on the page, which the site's tests notice.
"""

import re

WORDS = {
    "Search": "搜索",
    "Search this book...": "搜索本书",
    "Skip to main content": "跳到正文",
    "Back to top": "回到顶部",
    "Contents": "本页目录",
    "On this page": "本页目录",
    "previous": "上一页",
    "next": "下一页",
    "previous page": "上一页",
    "next page": "下一页",
    "light/dark": "浅色／深色",
    "Download this page": "下载本页",
    "Download source file": "下载源文件",
    "Download notebook file": "下载笔记本",
    "Print to PDF": "打印为 PDF",
    "Fullscreen mode": "全屏",
    "Toggle primary sidebar": "打开或收起全书目录",
    "Toggle secondary sidebar": "打开或收起本页目录",
    "Launch interactive content": "在线运行",
    "Launch on Binder": "在 Binder 上运行（JupyterLab）",
    "Launch on Colab": "在 Colab 上运行",
    "Source repository": "源码仓库",
    "Source repositories": "源码仓库",
    "Repository": "仓库",
    "Show source": "查看源文件",
    "Suggest edit": "建议修改",
    "Open an issue": "提出问题",
    "Open issue": "提出问题",
    "Main": "全书目录",
    "Page": "本页目录",
    "Link to this heading": "本节链接",
    "Link to this image": "此图链接",
    "Link to this table": "此表链接",
    "Link to this equation": "此式链接",
    "Link to this code": "此段代码链接",
    "Link to this term": "此条链接",
    "Link to this definition": "此条链接",
    "Link to this exercise": "此题链接",
    "Note": "注",
    "Warning": "当心",
    "Caution": "当心",
    "Attention": "注意",
    "Important": "要点",
    "Tip": "小贴士",
    "Hint": "提示",
    "Danger": "危险",
    "Error": "错误",
    "See also": "另见",
    "Exercise": "练习",
    "Solution to": "解答：",
}

NUMBERED = {
    "Figure": "图",
    "Fig.": "图",
    "Table": "表",
    "Listing": "代码",
    "Section": "第",
    "Exercise": "练习",
}
_NUMBERED = re.compile(r"(Figure|Fig\.|Table|Listing|Exercise) ?([\d.]+)?$")


def chinese(text):
    """The Chinese for a theme's word or numbered label, or None where there is none."""
    text = " ".join(text.split())
    if text in WORDS:
        return WORDS[text]
    if match := _NUMBERED.match(text):
        return f"{NUMBERED[match[1]]} {match[2]}" if match[2] else NUMBERED[match[1]]
    if text.startswith("Solution to "):
        inner = chinese(text.removeprefix("Solution to "))
        return f"解答：{inner}" if inner else None
    if match := re.match(r"© Copyright (.+?)\.?$", text):
        return f"© {match[1]}"
    return None


def chinese_label(text):
    """Replace the exercise words at the head of a longer Chinese title."""
    return text.replace("Solution to ", "解答：").replace("Exercise", "练习")
