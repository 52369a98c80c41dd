"""What the bot says of its own accord in a channel: a digest, with its chart."""

from adapters.slack.calls import Calls
from adapters.slack.face import blocks_of, words_of
from adapters.slack.pace import POST_MESSAGE, UPLOAD
from bot.errors import MaeumError
from bot.events import ChannelRef, Reply


async def post(calls: Calls, channel: ChannelRef, reply: Reply) -> None:
    """Show `reply` to the whole channel; MaeumError when Slack did not take it.

    A chart that fails is left out: said a second time, the words would stand there twice.
    """
    taken = await calls(
        "chat.postMessage",
        POST_MESSAGE,
        channel.workspace,
        lambda client: client.chat_postMessage(
            channel=channel.channel,
            text=words_of(reply),
            blocks=blocks_of(reply),
            unfurl_links=False,
        ),
        key=channel.channel,
    )
    if taken is None:
        raise MaeumError("Slack did not take the post; its log line above says why.")
    if picture := reply.picture:
        await calls(
            "files.upload",
            UPLOAD,
            channel.workspace,
            lambda client: client.files_upload_v2(
                channel=channel.channel,
                filename=picture.name,
                content=picture.png,
                title=reply.title,
                alt_txt=picture.alt,
            ),
        )
