"""Texts of faults in material that was handed in, in modules and licences; part of ``faults``."""

# code: (what is wrong, what to do next)
TEXTS: dict[str, tuple[str, str]] = {
    "material-unknown": (
        "认不出“%(path)s”是什么",
        "请交 mp4、webm、mp3、PDF、Word（.docx）、网页、Markdown、字幕、SCORM 包、题库或课程的 zip",
    ),
    "material-office": (
        "“%(path)s”是这里读不了的办公文件（如 Visio、Publisher 的）",
        "讲义请另存为 PDF 或 .docx；题库请存成 xlsx、.docx，或 GIFT、Moodle XML、QTI、Aiken",
    ),
    "material-slides": (
        "“%(path)s”是演示文稿（PPT、ODP），浏览器放不了",
        "请在 PowerPoint 或 WPS 里另存为 PDF；枢纽上装了 LibreOffice，就能直接交",
    ),
    "material-ofd": (
        "“%(path)s”是 OFD 版式文件，浏览器放不了",
        "请在 OFD 阅读器或 WPS 里打开，导出（或打印）成 PDF 再交",
    ),
    "office-failed": (
        "“%(path)s”没能转换出来（%(detail)s）",
        "请在 Office 或 WPS 里打开，讲义另存为 .docx，演示文稿另存为 PDF，再交",
    ),
    "note-office-pdf": (
        "“%(path)s”已转成 PDF，每页一张幻灯片",
        "动画、声音和视频不在里面，字体可能不同，请翻看一遍",
    ),
    "note-office-word": ("“%(path)s”已由老格式转成网页", "请看一遍排版和图片是否完整"),
    "picture-foreign": (
        "“%(path)s”是 %(format)s 图，浏览器放不了",
        "请另存为 JPEG 或 PNG；手机照片可在相机设置里选“兼容性最佳”",
    ),
    "picture-pixels": (
        "图片“%(path)s”有 %(wide)s×%(high)s 个像素，站上的电脑打不开",
        "请缩小到每边 4,000 像素以内",
    ),
    "sound-foreign": (
        "“%(path)s”是 %(format)s 录音，浏览器放不了",
        "请用转换软件存成 mp3 或 m4a 再交",
    ),
    "sound-length": (
        "认不出录音“%(path)s”有多长，可能没有存完",
        "请重新导出；长度应在 1 秒到 24 小时之间",
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
    "pdf-form": (
        "PDF“%(path)s”是要用 Adobe 打开才生成页面的表单，站上只会显示“请稍候”",
        "请用 Adobe Reader 打开，打印成 PDF 再交",
    ),
    "note-pdf-scanned": (
        "“%(path)s”像是扫描的：里面只有图，没有文字，搜索和朗读都找不到",
        "能看；要能搜，请用带文字识别（OCR）的软件重新导出",
    ),
    "note-pdf-acts": ("“%(path)s”里有脚本或会启动程序的按钮", "站上只显示页面，不会执行它们"),
    "note-pdf-attached": ("“%(path)s”里带着附件，站上看不到", "其中要紧的，请另外交"),
    "note-pdf-media": ("“%(path)s”里嵌着声音、视频或立体模型，站上放不了", "请把视频另外交"),
    "note-pdf-form": ("“%(path)s”里有动态表单，站上只显示其中固定的页面", "请翻看一遍"),
    "note-pdf-size": (
        "“%(path)s”里有特别大或特别长的页，手机和旧电脑上可能是空白",
        "请分成普通大小的页",
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
    "content-said": (
        "不认识 content = “%(said)s”",
        "内容没变、只是更正或重新压制，写 same；换成另一份内容，写 other；说不准就不写",
    ),
    "origin-form": (
        "来源“%(value)s”不能用",
        "请写 self（自制）、bought（外购）、rented（租用）或 exchanged（交换）",
    ),
    "day-form": ("“%(name)s”是“%(value)s”，不是日期", "请写成 2027-06-30 这样的日期"),
}
