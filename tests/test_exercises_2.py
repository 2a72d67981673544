"""The exercises of notebook 2, and the stand-in for tqdm that judges them."""

import io
from contextlib import suppress
from typing import Any

import pytest
import torch
from tqdm import tqdm as real_tqdm

from day38 import exercises_2
from day38.bar_judges import BATCHES
from day38.counting_bar import counting_bar
from tests import exercise_checks as checks

EXERCISES = checks.exercises_of(exercises_2)

# Patterns of the answers, which no hint and no message may show.
SECRETS = {
    "read_files": r"total=sum\(sizes\)|bar\.update\(size\)",
    "check_flowers": r"with tqdm\(total",
    "sum_up": r"if position % 100 == 0",
    "train_with_bar": r"enumerate\(bar|if number % 10 == 0",
    "totals": r"\(4, None\)|4 批",
}

# read_files


def files_at_first(sizes, tqdm):
    done = 0
    with tqdm(total=len(sizes), desc="读取文件", unit="KB") as bar:
        for size in sizes:
            done += size
            bar.update(done)


def files_still_cumulative(sizes, tqdm):
    done = 0
    with tqdm(total=sum(sizes)) as bar:
        for size in sizes:
            done += size
            bar.update(done)


def files_total_of_files(sizes, tqdm):
    with tqdm(total=len(sizes)) as bar:
        for size in sizes:
            bar.update(size)


def files_one_each(sizes, tqdm):
    with tqdm(total=sum(sizes)) as bar:
        for _ in sizes:
            bar.update(1)


def files_counted(sizes, tqdm):
    for _ in tqdm(sizes):
        pass


def files_no_total(sizes, tqdm):
    with tqdm(unit="KB") as bar:
        for size in sizes:
            bar.update(size)


def files_largest(sizes, tqdm):
    with tqdm(total=max(sizes)) as bar:
        for size in sizes:
            bar.update(size)


def files_by_heart(sizes, tqdm):
    with tqdm(total=6_000) as bar:
        for size in sizes:
            bar.update(size)


def files_not_closed(sizes, tqdm):
    bar = tqdm(total=sum(sizes))
    for size in sizes:
        bar.update(size)


def files_own_tqdm(sizes, tqdm):
    with real_tqdm(total=sum(sizes), disable=True) as bar:
        for size in sizes:
            bar.update(size)


def files_many_bars(sizes, tqdm):
    for size in sizes:
        with tqdm(total=size) as bar:
            bar.update(size)


# check_flowers


def flowers_at_first(lengths, tqdm):
    bar = tqdm(total=len(lengths), desc="检查花朵")
    for length in lengths:
        if length < 0:
            raise ValueError(f"花瓣长度是负数：{length}")
        bar.update(1)
    bar.close()


def flowers_swallowed(lengths, tqdm):
    with tqdm(total=len(lengths)) as bar:
        for length in lengths:
            try:
                if length < 0:
                    raise ValueError("负数")
            except ValueError:
                break
            bar.update(1)


def flowers_closed_only_on_error(lengths, tqdm):
    bar = tqdm(total=len(lengths))
    for length in lengths:
        if length < 0:
            bar.close()
            raise ValueError("负数")
        bar.update(1)


def flowers_closed_too_early(lengths, tqdm):
    bar = tqdm(total=len(lengths))
    for length in lengths:
        bar.close()
        if length < 0:
            raise ValueError("负数")
        bar.update(1)


def flowers_update_first(lengths, tqdm):
    with tqdm(total=len(lengths)) as bar:
        for length in lengths:
            bar.update(1)
            if length < 0:
                raise ValueError("负数")


def flowers_no_update(lengths, tqdm):
    with tqdm(total=len(lengths)):
        for length in lengths:
            if length < 0:
                raise ValueError("负数")


def flowers_other_error(lengths, tqdm):
    with tqdm(total=len(lengths)) as bar:
        for length in lengths:
            if length < 0:
                raise KeyError(unknown)  # noqa: F821
            bar.update(1)


# sum_up


def sum_at_first(numbers, tqdm):
    total = 0
    with tqdm(numbers, desc="求和") as bar:
        for number in bar:
            total += number
            bar.set_postfix(和=total)
    return total


def sum_without_refresh(numbers, tqdm):
    total = 0
    with tqdm(numbers) as bar:
        for number in bar:
            total += number
            bar.set_postfix(和=total, refresh=False)
    return total


def sum_reversed(numbers, tqdm):
    total = 0
    with tqdm(numbers) as bar:
        for position, number in enumerate(bar, start=1):
            total += number
            if position % 100:
                bar.set_postfix(和=total)
    return total


def sum_by_value(numbers, tqdm):
    total = 0
    with tqdm(numbers) as bar:
        for number in bar:
            total += number
            if number % 100 == 0:
                bar.set_postfix(和=total)
    return total


def sum_from_zero(numbers, tqdm):
    total = 0
    with tqdm(numbers) as bar:
        for position, number in enumerate(bar):
            total += number
            if position % 100 == 0:
                bar.set_postfix(和=total)
    return total


def sum_by_bar_n(numbers, tqdm):
    total = 0
    with tqdm(numbers) as bar:
        for number in bar:
            total += number
            if bar.n % 100 == 0:
                bar.set_postfix(和=total)
    return total


def sum_at_the_end(numbers, tqdm):
    with tqdm(numbers) as bar:
        total = sum(bar)
        bar.set_postfix(和=total)
    return total


def sum_every_ten(numbers, tqdm):
    total = 0
    with tqdm(numbers) as bar:
        for position, number in enumerate(bar, start=1):
            total += number
            if position % 10 == 0:
                bar.set_postfix(和=total)
    return total


def sum_only_some(numbers, tqdm):
    total = 0
    with tqdm(numbers) as bar:
        for position, number in enumerate(bar, start=1):
            if position % 100 == 0:
                total += number
                bar.set_postfix(和=total)
    return total


def sum_without_progress(numbers, tqdm):
    total = 0
    with tqdm(total=len(numbers)) as bar:
        for position, number in enumerate(numbers, start=1):
            total += number
            if position % 100 == 0:
                bar.set_postfix(和=total)
    return total


# train_with_bar


def loader_every_batch_read(loader, train_one_batch, tqdm):
    losses = []
    with tqdm(loader) as bar:
        for number, (inputs, targets) in enumerate(bar, start=1):
            loss = train_one_batch(inputs, targets).item()
            if number % 10 == 0:
                losses.append(loss)
                bar.set_postfix(loss=loss)
    return losses


def loader_every_batch_shown(loader, train_one_batch, tqdm):
    losses = [0]
    with tqdm(loader) as bar:
        for number, (inputs, targets) in enumerate(bar, start=1):
            loss = train_one_batch(inputs, targets)
            if number % 10 == 0:
                losses.append(loss.item())
            bar.set_postfix(loss=losses[-1])
    return losses[1:]


def loader_tail_lost(loader, train_one_batch, tqdm):
    losses = []
    with tqdm(total=len(loader)) as bar:
        for number, (inputs, targets) in enumerate(loader, start=1):
            loss = train_one_batch(inputs, targets)
            if number % 10 == 0:
                losses.append(loss.item())
                bar.set_postfix(loss=losses[-1], refresh=False)
                bar.update(10)
    return losses


def loader_no_total(loader, train_one_batch, tqdm):
    losses = []
    for number, (inputs, targets) in tqdm(enumerate(loader, start=1)):
        loss = train_one_batch(inputs, targets)
        if number % 10 == 0:
            losses.append(loss.item())
    return losses


def loader_samples(loader, train_one_batch, tqdm):
    losses = []
    with tqdm(total=len(loader.dataset)) as bar:
        for number, (inputs, targets) in enumerate(loader, start=1):
            loss = train_one_batch(inputs, targets)
            bar.update(1)
            if number % 10 == 0:
                losses.append(loss.item())
                bar.set_postfix(loss=losses[-1])
    return losses


def loader_from_zero(loader, train_one_batch, tqdm):
    losses = []
    with tqdm(loader) as bar:
        for number, (inputs, targets) in enumerate(bar):
            loss = train_one_batch(inputs, targets)
            if number % 10 == 0:
                losses.append(loss.item())
                bar.set_postfix(loss=losses[-1])
    return losses


def loader_tensors(loader, train_one_batch, tqdm):
    losses = []
    with tqdm(loader) as bar:
        for number, (inputs, targets) in enumerate(bar, start=1):
            loss = train_one_batch(inputs, targets)
            if number % 10 == 0:
                losses.append(loss)
                bar.set_postfix(loss=f"{loss:.3f}")
    return losses


def loader_nothing_returned(loader, train_one_batch, tqdm):
    loader_every_batch_shown_less(loader, train_one_batch, tqdm)


def loader_every_batch_shown_less(loader, train_one_batch, tqdm):
    losses = []
    with tqdm(loader) as bar:
        for number, (inputs, targets) in enumerate(bar, start=1):
            loss = train_one_batch(inputs, targets)
            if number % 10 == 0:
                losses.append(float(loss))
                bar.set_postfix_str(f"loss {losses[-1]}")
    return losses


def loader_not_shown(loader, train_one_batch, tqdm):
    losses = []
    for number, (inputs, targets) in enumerate(tqdm(loader), start=1):
        loss = train_one_batch(inputs, targets)
        if number % 10 == 0:
            losses.append(loss.item())
    return losses


def loader_not_trained(loader, train_one_batch, tqdm):
    with tqdm(loader) as bar:
        return [0 for batch in bar]


def loader_not_closed(loader, train_one_batch, tqdm):
    losses = []
    bar = tqdm(total=len(loader))
    for number, (inputs, targets) in enumerate(loader, start=1):
        loss = train_one_batch(inputs, targets)
        bar.update()
        if number % 10 == 0:
            losses.append(loss.item())
            bar.set_postfix(loss=losses[-1])
    return losses


def loader_last_only(loader, train_one_batch, tqdm):
    with tqdm(loader) as bar:
        for inputs, targets in bar:
            loss = train_one_batch(inputs, targets)
        bar.set_postfix(loss=loss.item())
    return [loss.item()]


def loader_wrong_call(loader, train_one_batch, tqdm):
    for batch in tqdm(loader):
        train_one_batch(batch)


WRONG: dict[str, list[tuple[Any, str]]] = {
    "read_files": [
        (files_at_first, "一共做完了多少"),
        (files_still_cumulative, "一共做完了多少"),
        (files_total_of_files, "总数是文件的个数"),
        (files_one_each, "只推进了 1"),
        (files_counted, "数的是文件的个数"),
        (files_no_total, "不知道总数"),
        (files_largest, "停在 6000/4500"),
        (files_by_heart, "换一组文件 [20, 20]"),
        (files_not_closed, "没有关闭"),
        (files_own_tqdm, "没有看到进度条"),
        (files_many_bars, "3 根进度条"),
        (lambda sizes: sum(sizes), "2 个参数"),
        (lambda sizes, tqdm: tqdm(total=9).refresh(), "停在 0/9"),
        (lambda sizes, tqdm: tqdm(sizes).reset(), "AttributeError"),
    ],
    "check_flowers": [
        (flowers_at_first, "没有关闭：raise 一执行"),
        (flowers_swallowed, "错误却没有传出来"),
        (flowers_closed_only_on_error, "一切正常时"),
        (flowers_closed_too_early, "只走到 0/3"),
        (flowers_no_update, "只走到 0/3"),
        (flowers_update_first, "却停在 3"),
        (flowers_other_error, "NameError"),
        (lambda lengths, tqdm: len(lengths), "没有看到进度条"),
    ],
    "sum_up": [
        (sum_at_first, "执行了 1,000 次，每次都强迫进度条重画。\n"),
        (sum_by_bar_n, "bar.n 并不是每步都更新"),
        (sum_without_refresh, "还是要排一遍文字"),
        (sum_reversed, "条件反了"),
        (sum_by_value, "第几个"),
        (sum_from_zero, "从 0 数起"),
        (sum_at_the_end, "显示了 1 次"),
        (sum_every_ten, "显示了 100 次"),
        (sum_only_some, "只改显示，不要动求和"),
        (sum_without_progress, "停在 0/1000"),
        (lambda numbers, tqdm: tqdm(numbers) and float("inf"), "数 inf"),
    ],
    "train_with_bar": [
        (loader_every_batch_read, "每一批都读了损失"),
        (loader_every_batch_shown, "每一批都 set_postfix"),
        (loader_tail_lost, "停在 20/25"),
        (loader_no_total, "没有总数"),
        (loader_samples, "样本的个数"),
        (loader_from_zero, "第 1 批就显示了"),
        (loader_tensors, "还是张量"),
        (loader_nothing_returned, "没有返回值"),
        (loader_not_shown, "没有显示在进度条上"),
        (loader_not_trained, "执行了 0 次"),
        (loader_not_closed, "没有关闭"),
        (loader_last_only, "应有 2 个"),
        (loader_wrong_call, "train_one_batch(batch)"),
    ],
    "totals": [
        ((120, None), "不是样本"),
        ((3, None), "最后一批不满"),
        ((32, None), "一批有几个样本"),
        ((4, 4), "是个迭代器"),
        ((None, 4), "正好反了"),
        ((4, 0), "不一样"),
        (4, "2 项的列表或元组"),
    ],
}


def test_every_exercise_is_tested() -> None:
    assert len(EXERCISES) >= 4
    assert EXERCISES.keys() == SECRETS.keys() == WRONG.keys()
    assert all(len(answers) >= 3 for answers in WRONG.values())


@pytest.mark.parametrize("name", EXERCISES)
def test_unanswered_and_solved(name: str) -> None:
    checks.check_unanswered(EXERCISES[name])
    checks.check_solution(name, EXERCISES[name])
    checks.check_texts(EXERCISES[name], SECRETS[name])


@pytest.mark.parametrize(
    ("name", "answer", "part"),
    [(name, *answer) for name, answers in WRONG.items() for answer in answers],
)
def test_wrong_answers(name: str, answer: Any, part: str) -> None:
    checks.check_wrong(EXERCISES[name], answer, part, SECRETS[name])


def flowers_with_finally(lengths, tqdm):
    bar = tqdm(total=len(lengths))
    try:
        for length in lengths:
            if length < 0:
                raise ValueError("负数")
            bar.update()
    finally:
        bar.close()


def flowers_iterated(lengths, tqdm):
    for length in tqdm(lengths):
        if length < 0:
            raise ValueError("负数")


def files_by_setting_n(sizes, tqdm):
    with tqdm(total=sum(sizes)) as bar:
        for size in sizes:
            bar.n += size
            bar.refresh()


def sum_when_tqdm_redraws(numbers, tqdm):
    total = 0
    with tqdm(total=len(numbers)) as bar:
        for number in numbers:
            total += number
            if bar.update(1):
                bar.set_postfix(和=f"{total:,}", refresh=False)
    return total


def loader_by_hand(loader, train_one_batch, tqdm):
    losses = []
    with tqdm(total=len(loader)) as bar:
        for number, (inputs, targets) in enumerate(loader, start=1):
            loss = train_one_batch(inputs, targets)
            bar.update(1)
            if number % 10 == 0:
                losses.append(loss.detach().item())
                bar.set_postfix({"loss": f"{loss:.3f}"}, refresh=False)
    return losses


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("read_files", files_by_setting_n),
        ("check_flowers", flowers_with_finally),
        ("check_flowers", flowers_iterated),
        ("sum_up", sum_when_tqdm_redraws),
        ("train_with_bar", loader_by_hand),
        ("train_with_bar", loader_every_batch_shown_less),
        ("totals", [4, None]),
    ],
)
def test_other_right_answers(name: str, answer: Any) -> None:
    assert checks.said(EXERCISES[name], answer).startswith("正确")


def arguments_for(name: str) -> tuple:
    """Return what the function of an exercise takes, for a run with the real tqdm."""
    rows = torch.arange(4.0 * BATCHES)
    data = torch.utils.data.TensorDataset(rows[:, None], rows.long())
    return {
        "read_files": ([300, 1_200, 4_500],),
        "check_flowers": ([1.4, 4.7, -5.1],),
        "sum_up": ([3] * 1_000,),
        "train_with_bar": (
            torch.utils.data.DataLoader(data, batch_size=4),
            lambda inputs, targets: inputs.mean(),
        ),
    }[name]


@pytest.mark.parametrize("name", ["read_files", "check_flowers", "sum_up", "train_with_bar"])
def test_the_stand_in_counts_what_tqdm_counts(name: str) -> None:
    names: dict[str, Any] = {}
    exec(checks.printed_by(EXERCISES[name].solution), names)
    made: list[real_tqdm] = []

    def tqdm(*arguments: Any, **options: Any) -> real_tqdm:
        made.append(real_tqdm(*arguments, file=io.StringIO(), **options))
        return made[-1]

    counted = counting_bar()
    for bars in (tqdm, counted):
        with suppress(ValueError):
            names[name](*arguments_for(name), bars)
    assert (made[0].n, made[0].total) == (counted.made[0].n, counted.made[0].total)
    assert made[0].disable is counted.made[0].closed is True


def test_the_stand_in_behaves_like_tqdm() -> None:
    bar_class = counting_bar()
    assert counting_bar().made is not bar_class.made
    for tqdm, options in ((bar_class, {}), (real_tqdm, {"file": io.StringIO()})):
        bar = tqdm([1, 2, 3], desc="数", **options)
        assert [item for item in bar] == [1, 2, 3]
        assert (bar.n, bar.total, bool(bar), len(bar)) == (3, 3, True, 3)
        assert tqdm(iter([1]), **options).total is None
        assert tqdm(total=7, **options).total == 7
        seen = [bar.n for bar in [tqdm(range(50), miniters=60, **options)] for _ in bar]
        assert set(seen) == {0}
        with tqdm(total=5, **options) as bar:
            bar.update(2)
            bar.set_description("名")
            bar.refresh()
            tqdm.write("", file=io.StringIO())
        bar.update(2)
        assert bar.n == 2


def test_totals_are_those_of_tqdm() -> None:
    data = torch.utils.data.TensorDataset(torch.zeros(120, 4))
    loader = torch.utils.data.DataLoader(data, batch_size=32)
    outside, inside = real_tqdm(loader, disable=True), real_tqdm(enumerate(loader), disable=True)
    assert checks.said(EXERCISES["totals"], (outside.total, inside.total)).startswith("正确")


def test_the_first_bug_left_is_the_one_that_is_told() -> None:
    first = checks.said(EXERCISES["read_files"], files_at_first)
    second = checks.said(EXERCISES["read_files"], files_total_of_files)
    assert first != second
    assert "停在 7800/3" in first
    assert "停在 6000/3" in second
