"""Texts of faults in material that was handed in, in modules and licences; part of ``faults``."""

# code: (what is wrong, what to do next)
TEXTS: dict[str, tuple[str, str]] = {
    "material-unknown": (
        "认不出“%(path)s”是什么",
        "请交 mp4、webm、PDF、Word（.docx）、网页、Markdown、字幕、SCORM 包、题库或课程的 zip",
    ),
    "material-office": (
        "“%(path)s”是 PPT、ODT 一类的文件，浏览器放不了",
        "讲义请另存为 PDF 或 .docx；题库请存成 xlsx、.docx，或 GIFT、Moodle XML、QTI、Aiken",
    ),
    "subtitles-no-film": (
        "没有与“%(path)s”同名的视频",
        "请与视频一起选，文件名相同（如 第一讲.mp4 和 第一讲.srt），或到那个视频的页面添加",
    ),
    "picture-no-film": (
        "“%(path)s”是单独一张图片，没有与它同名的视频",
        "作封面请与视频同名一起交；网页里的图片请与网页压缩在同一个 zip 里",
    ),
    "picture-missing": (
        "图片“%(path)s”不在里面，已去掉",
        "请把网页和图片压缩在同一个 zip 里，保持原来的相对位置",
    ),
    "zip-no-page": (
        "压缩包里没有网页、课程、题库或 SCORM 课件",
        "请检查压缩包里的文件；视频和 PDF 请直接交，不用压缩",
    ),
    "upload-cut": (
        "“%(path)s”在导入以前就不在了，可能枢纽重启过，或放得太久",
        "请再交一次",
    ),
    "import-broke": (
        "导入“%(path)s”时枢纽出了差错，没有留下半截",
        "请再交一次；仍不行，请把文件和时间告诉管理枢纽的人",
    ),
    "pdf-encrypted": (
        "PDF“%(path)s”要密码才能打开",
        "请在原来的软件里去掉密码，重新导出",
    ),
    # documents that are handed in for a library
    "volume-closed": (
        "“%(path)s”没有收进资料库：这一卷正在审核，或已经去掉",
        "请先撤回送审，再交一次",
    ),
    "volume-full": ("这一卷已有 %(limit)s 份资料，放不下了", "请另开一卷"),
    "document-replaced": ("有 %(count)s 份与卷里的文件同名，已换成新的", "请看一眼是不是要换的"),
    "library-there": (
        "资料库“%(id)s”已有草稿或已发布，这里的 %(count)s 份资料没有收下",
        "请打开那份草稿，把文件拖进它的卷里",
    ),
    # modules and licences of courses
    "module-kind": ("不认识模块种类“%(kind)s”", "请用 base（基础模块）或 flexible（活模块）"),
    "module-id-twice": ("模块编号“%(id)s”用了两次", "请给每个模块不同的 id"),
    "module-empty": ("模块“%(id)s”里一个课件也没有", "请放进课件，或删去这个模块"),
    "module-unknown": (
        "课件“%(id)s”写的模块“%(module)s”不在课程里",
        "有模块的课程，每个课件都要写 module，写某个 [[module]] 的 id",
    ),
    "module-order": (
        "课件“%(id)s”的次序与模块的次序不一致",
        "请把同一模块的课件放在一起，按模块排列",
    ),
    "origin-form": ("来源“%(value)s”不能用", "请写 self（自制）或 bought（外购）"),
    "day-form": ("“%(name)s”是“%(value)s”，不是日期", "请写成 2027-06-30 这样的日期"),
}
