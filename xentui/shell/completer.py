"""Completion in the shell: the common candidates, quoted as the line is."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable

from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document

from xentui.commands.completion import CompletionSource, Vocabulary, candidates
from xentui.commands.words import begun, quoted


class ShellCompleter(Completer):
    """Completes verbs, options, paths on the host, and the domains a verb is possible on.

    It works as a coroutine: keys are taken while the host is asked, and the next key drops the question.
    """

    def __init__(self, vocabulary: Vocabulary, source: CompletionSource) -> None:
        self._vocabulary = vocabulary
        self._source = source

    def get_completions(
        self,
        document: Document,  # noqa: ARG002 - prompt_toolkit's names
        complete_event: CompleteEvent,  # noqa: ARG002
    ) -> Iterable[Completion]:
        """Nothing: the host is asked by :meth:`get_completions_async` only."""
        return ()

    async def get_completions_async(
        self,
        document: Document,
        complete_event: CompleteEvent,  # noqa: ARG002 - prompt_toolkit's names
    ) -> AsyncGenerator[Completion, None]:
        """Yield the candidates for the word before the cursor."""
        text = document.text_before_cursor
        if text.lstrip().startswith("#"):
            return
        cursor = begun(text)
        words = [*cursor.before, cursor.word]
        if words[0] == "xentui" and len(words) > 1:
            del words[0]
        for item in await candidates(self._vocabulary, words, self._source):
            written = quoted(item.text, cursor.quote, final=item.final)
            yield Completion(
                written + " " if item.final else written,
                start_position=cursor.start - len(text),
                display=item.text,
                display_meta=item.meta,
            )
