"""Texts of faults in films, and of remarks on those that came in; part of ``faults``."""

# code: (what is wrong, what to do next). "note-…" are remarks on films that came in.
TEXTS: dict[str, tuple[str, str]] = {
    "video-not-mp4": (
        "“%(path)s”打不开：不是视频，或里面坏了",
        "请用转换软件输出 mp4（H.264 画面、AAC 声音）",
    ),
    "video-container": (
        "视频“%(path)s”是 %(kind)s 格式，浏览器放不了",
        "请用转换软件转成 mp4（H.264 画面、AAC 声音）；只改文件名没有用",
    ),
    "video-cut": (
        "视频“%(path)s”不完整，没有拷完或没有录完",
        "请从原来的地方再拷一次；还不行，请在录制的软件里重新导出",
    ),
    "video-no-picture": (
        "“%(path)s”里没有画面，只有声音",
        "请交有画面的视频；只有声音的，请配一张图片转成 mp4",
    ),
    "video-locked": (
        "视频“%(path)s”加了密，只在买它的那台机器上能放",
        "请向制作方要不加密的 mp4",
    ),
    "video-codec": (
        "视频“%(path)s”的画面是 %(codec)s 编码，所里的浏览器放不了",
        "请转成 H.264 画面、AAC 声音的 mp4",
    ),
    "video-sound": (
        "视频“%(path)s”的声音是 %(codec)s 编码，放出来没有声音",
        "请转成 H.264 画面、AAC 声音的 mp4",
    ),
    "video-slow": (
        "视频“%(path)s”的画面是 %(codec)s 编码，所里的旧电脑放不动",
        "请转成 H.264 画面、AAC 声音的 mp4",
    ),
    "video-length": (
        "视频“%(path)s”长 %(seconds)s 秒，应在 1 秒到 24 小时之间",
        "请检查视频是否完整",
    ),
    # converting
    "convert-no-ffmpeg": (
        "枢纽上没有转换视频的程序 ffmpeg",
        "请管理枢纽的人装上（apt-get install ffmpeg），再来一次",
    ),
    "convert-gone": ("要转换的视频不在了", "请再导入一次"),
    "convert-unreadable": (
        "视频“%(path)s”转换不了，里面有读不懂的地方",
        "请在原来的软件里重新导出，或在别的电脑上转成 mp4 再交",
    ),
    "convert-long": (
        "转换“%(path)s”用的时间太长，已停下",
        "请剪短，或在别的电脑上转成 mp4 再交",
    ),
    "convert-large": ("“%(path)s”转换以后还是太大", "请剪成几段再交"),
    "convert-no-room": (
        "枢纽的硬盘快满了，“%(path)s”没有转换",
        "请管理枢纽的人腾出地方，再来一次",
    ),
    # remarks
    "note-film-converted": (
        "“%(path)s”已转成各处都能放的：原来 %(before)s，现在 %(after)s",
        "请放一遍看看；各站点按自己的线路下载其中一份",
    ),
    "note-film-shorter": (
        "“%(path)s”写着长 %(claimed)s 秒，转出来只有 %(seconds)s 秒",
        "后面可能是坏的，请看一眼结尾",
    ),
    "note-film-profile": (
        "“%(path)s”的画面是 H.264 的 %(profile)s 规格，手机和平板上可能没有画面",
        "有人用手机看的，请转成 Main 或 High 规格（8 位、4:2:0）",
    ),
    "note-film-level": (
        "“%(path)s”的画面是 H.264 的 %(level)s 级，手机和旧电脑上可能放不出来",
        "请转成 1080p 以内的 mp4",
    ),
    "note-film-large": (
        "“%(path)s”的画面是 %(width)s×%(height)s，所里的旧电脑可能放不流畅",
        "请转成 720p 或 1080p",
    ),
    "note-film-picture": (
        "“%(path)s”的画面是 %(codec)s 编码，苹果手机和平板可能放不了",
        "有人用手机看的，请转成 H.264 画面、AAC 声音的 mp4",
    ),
    "note-film-sound": (
        "“%(path)s”的声音是 %(codec)s 编码，有的手机放出来没有声音",
        "有人用手机看的，请转成 H.264 画面、AAC 声音的 mp4",
    ),
    "note-film-silent": ("“%(path)s”没有声音", "本来有声音的，请在录制的软件里重新导出"),
    "note-film-sounds": (
        "“%(path)s”有 %(count)s 条声音，浏览器只放第一条",
        "要放另一条的，请在转换软件里只留那一条",
    ),
}
