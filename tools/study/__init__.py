"""A study that tells how real clips look: made from folders of real and made clips, rated in a browser, analysed.

``python -m tools.study`` builds and analyses; docs/study.md says how to run one.

============  ==========================================================================
``clips``     clips of equal length, size, rate, codec and cropping, under neutral names
``orders``    who sees what when, from a seed
``building``  the page, and the key that stays at home
``page.html`` what a browser shows; it needs no network and no server
``results``   what raters have sent back, checked
``analysis``  shares with intervals, pairs, reasons; a table and a plot
``simulated`` raters of known truth, which test the analysis
============  ==========================================================================
"""
