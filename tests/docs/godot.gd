extends Node
# A game that goes to the fight and back with Music.gd of docs/guides/bank.md, and says what is heard.

var last := ""

func _ready() -> void:
    Music.play_loop("explore")
    yield(get_tree().create_timer(0.5), "timeout")
    Music.go_to("fight")
    yield(get_tree().create_timer(8), "timeout")
    Music.sting("found")
    print(Music.get_child_count(), " over it")
    Music.go_to("explore")
    yield(get_tree().create_timer(8), "timeout")
    print(Music.get_child_count(), " over it")
    get_tree().quit()

func _process(_delta: float) -> void:
    var now: String = Music.stream.resource_path.get_file() + (" looped" if Music.stream.loop else " once")
    if now != last:
        print(now)
    last = now
