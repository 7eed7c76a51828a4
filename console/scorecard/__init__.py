"""The scorecard of the quality targets: one self-contained page in Chinese, English or both, made from judged rows.

The page asks nobody for anything and runs no script: its languages are chosen by three buttons that are plain inputs.
`view.scorecard` says what it shows, `rendering.render` draws it, `writing.write` makes a file of it and
`routes.router` serves it. Nothing is loaded here: commands that only need its words start as fast as before.
"""
