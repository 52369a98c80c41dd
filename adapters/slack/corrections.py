"""“Wrong label?” on Slack: the button under an answer, then a menu in that answer's place."""

from adapters.slack.answers import Answers
from adapters.slack.translate import Payload, channel_name, channel_ref
from bot.commands.dispatch import Commands
from bot.events import CommandRequest


class Corrections:
    """Takes presses and choices to the core.

    Its replies go to the action's own address: in a thread as well they take the place of the
    answer that was pressed, which its asker alone sees.
    """

    def __init__(self, commands: Commands, answers: Answers) -> None:
        self._commands = commands
        self._answers = answers

    async def pressed(self, body: Payload) -> None:
        """Somebody says that a label is wrong: offer the others."""
        request = await self._request(body)
        for action in body["actions"]:
            reply = await self._commands.choices(request, str(action["value"]))
            await self._answers.replace(str(body["response_url"]), reply)

    async def chosen(self, body: Payload) -> None:
        """Somebody chose the label meant."""
        request = await self._request(body)
        for action in body["actions"]:
            reply = await self._commands.correct(
                request, str(action["block_id"]), str(action["selected_option"]["value"])
            )
            await self._answers.replace(str(body["response_url"]), reply)

    async def _request(self, body: Payload) -> CommandRequest:
        channel = channel_ref(str(body["team"]["id"]), str(body["channel"]["id"]))
        name = channel_name(body["channel"].get("name"))
        return await self._answers.request(channel, str(body["user"]["id"]), "", name=name)
